#!/usr/bin/env bash
# Makes .venv and installs exactly what requirements.lock names, every file checked against its hash.
set -euo pipefail
cd "$(dirname "$0")/.."

python="${PYTHON:-python3}"
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null; then
    echo "Python 3.11 or newer is needed; '$python' is $("$python" --version 2>&1 || true)." >&2
    echo "Name another one like this: make setup PYTHON=python3.12" >&2
    exit 1
fi
scripts/install_packages.sh python pdf

echo "Installing the libraries of requirements.lock into .venv (a minute or two, once)"
[ -x .venv/bin/pip ] || "$python" -m venv --clear .venv
.venv/bin/pip install --quiet --disable-pip-version-check --no-input --require-hashes --requirement requirements.lock
