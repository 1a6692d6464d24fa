#!/usr/bin/env bash
# clinval with the packages of the check, in the checkout that this action is part of.
set -euo pipefail
cd "$GITHUB_ACTION_PATH/../../.."
make --no-print-directory "PYTHON=${PYTHON:-python3}" .venv/.check .venv/.built
