#!/usr/bin/env bash
# clinval with the packages of the check, in the checkout that this action is part of.
set -euo pipefail
cd "$GITHUB_ACTION_PATH/../../.."
extras=(.venv/.check)
[[ ${CLINVAL_EXECUTOR:-local} != ray ]] || extras+=(.venv/.cluster)
make --no-print-directory "PYTHON=${PYTHON:-python3}" "${extras[@]}" .venv/.built
