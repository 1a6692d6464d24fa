#!/usr/bin/env bash
# Run the check in the repository that is checked out, hand on its outputs, end with its exit code.
set -euo pipefail
clinval=${CLINVAL:-$GITHUB_ACTION_PATH/../../../.venv/bin/clinval}
out=${CLINVAL_OUT:-runs/check}
arguments=(--base "${CLINVAL_BASE:-origin/main}" --rules "${CLINVAL_RULES:-gate.toml}" --out "$out" --format plain)
[[ -z ${CLINVAL_MODEL:-} ]] || arguments+=(--model "$CLINVAL_MODEL")
[[ -z ${CLINVAL_CASES:-} ]] || arguments+=(--cases "$CLINVAL_CASES")
[[ -z ${CLINVAL_EXECUTOR:-} ]] || arguments+=(--executor "$CLINVAL_EXECUTOR")
[[ -z ${CLINVAL_ADDRESS:-} ]] || arguments+=(--address "$CLINVAL_ADDRESS")
[[ -z ${CLINVAL_BUDGET:-} ]] || arguments+=(--budget "$CLINVAL_BUDGET")

rm -rf -- "$out"
mkdir -p -- "$out"
code=0
"$clinval" check "${arguments[@]}" | tee "$out/check.txt" || code=$?

# The last line about each model is its verdict.
line=$(grep -E ' → GATE' "$out/check.txt" | tr -d '\r' | cut -c 1-300 | paste -sd ';' || true)
case $code in
  0) verdict=pass ;;
  1) verdict=fail ;;
  4) verdict=$([[ $line == *INCONCLUSIVE* ]] && echo inconclusive || echo incomplete) ;;
  *) verdict=error ;;
esac
{
  echo "verdict=$verdict"
  echo "line=$line"
  echo "report=$out"
} >> "${GITHUB_OUTPUT:-/dev/null}"
while IFS= read -r -d '' comment; do
  cat -- "$comment"
  echo
done < <(find "$out" -name comment.md -type f -print0 | sort -z) >> "${GITHUB_STEP_SUMMARY:-/dev/null}"
exit "$code"
