#!/usr/bin/env bash
# The commit's status: what GitHub says of the run of the check, not what its artefacts say.
set -euo pipefail
: "${GITHUB_REPOSITORY:?}" "${HEAD_SHA:?}" "${CONCLUSION:?}" "${RUN_URL:?}"
case $CONCLUSION in
  success) state=success words="the candidate may replace the base" ;;
  failure) state=failure words="the gate failed or cannot tell: read the report" ;;
  *) state=error words="the check did not end: $CONCLUSION" ;;
esac
gh api --silent --method POST "repos/$GITHUB_REPOSITORY/statuses/$HEAD_SHA" \
  -f "state=$state" -f "context=clinval" -f "description=${words:0:140}" -f "target_url=$RUN_URL"
