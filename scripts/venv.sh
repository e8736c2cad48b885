# shellcheck shell=sh
# Sourced by the scripts beside it: a virtual environment in the checkout, filled only when something changed.

set -eu
CDPATH='' cd -- "$(dirname -- "$0")/.."
PATH=$PWD/.venv/bin:$PATH

# The comment at the top of a script is its help.
case "${1-}" in
-h | --help)
    sed -n '2,/^$/s/^# \{0,1\}//p' "scripts/${0##*/}"
    exit
    ;;
esac

say() {
    printf '%s: %s\n' "scripts/${0##*/}" "$*"
}

refuse() {
    say "$*" >&2
    exit 1
}

make_venv() {
    python=${PYTHON:-python3}
    command -v "$python" >/dev/null || refuse "no $python found; install Python 3.11 or newer"
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        refuse "$("$python" --version) is too old; write PYTHON=/path/to/python3.11 (or newer) in front"
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
        refuse "$python cannot make virtual environments; install its venv module (Debian, Ubuntu: python3-venv)"
    say "making .venv with $("$python" --version)"
    "$python" -m venv --clear .venv
}

# prepare SPEC: install SPEC ('.' or '.[test]') into .venv, unless exactly this was done before.
prepare() {
    .venv/bin/python -c '' 2>/dev/null || make_venv
    setup=$({ pwd && cat pyproject.toml scripts/constraints.txt; } | cksum)
    if grep -qsxF "$1 $setup" .venv/installed; then
        return
    fi
    say "installing $1 into .venv (minutes, the first time)"
    .venv/bin/python -m pip --version >/dev/null 2>&1 || .venv/bin/python -m ensurepip
    [ -t 1 ] || export PIP_QUIET=1
    .venv/bin/python -m pip install --disable-pip-version-check -c scripts/constraints.txt -e "$1"
    printf '%s\n' ". $setup" "$1 $setup" >.venv/installed
}
