# Create or update the virtual environment: sh tooling/venv.sh PYTHON [GROUP]
#
# It gets exactly the packages of locks/GROUP.txt: operations, sandbox (the default) or tests. The copy of the lock in
# .venv is written last, so the next run repeats an interrupted installation.
set -eu
cd "$(dirname "$0")/.."
python=$1
group=${2:-sandbox}
# `tests` contains the other groups: `make up` after `make test` removes nothing.
[ -e .venv/tests.txt ] && group=tests
lock=locks/$group.txt

if cmp -s "$lock" ".venv/$group.txt" && .venv/bin/python -c '' 2>/dev/null; then
    exit 0
fi

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    found=$("$python" --version 2>/dev/null) || found="not found"
    echo "error: expected Python 3.11 or newer; found $python: $found" >&2
    echo "Fix: choose another Python, for example: make PYTHON=python3.12 up" >&2
    exit 1
fi
if ! .venv/bin/python -c 'import pip' 2>/dev/null; then
    echo "creating the virtual environment .venv"
    if ! "$python" -m venv --clear .venv; then
        echo "error: $python cannot create a virtual environment" >&2
        echo "Fix: on Debian and Ubuntu, run: apt install python3-venv" >&2
        exit 1
    fi
fi

# uv does not read pip's settings.
settings=$(.venv/bin/python -m pip config list)
export_setting() {
    value=$(echo "$settings" | sed -n "s/^[a-z:]*\.$2='\(.*\)'\$/\1/p" | head -n 1)
    [ -z "$value" ] || export "$1=$value"
}
[ -n "${UV_DEFAULT_INDEX:-}" ] || export_setting UV_DEFAULT_INDEX index-url
[ -n "${UV_FIND_LINKS:-}" ] || export_setting UV_FIND_LINKS find-links
[ -n "${SSL_CERT_FILE:-}" ] || export_setting SSL_CERT_FILE cert

echo "installing $lock into .venv"
rm -f .venv/operations.txt .venv/sandbox.txt .venv/tests.txt
if ! { [ -x .venv/bin/uv ] && cmp -s locks/uv.txt .venv/uv.txt; }; then
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement locks/uv.txt
    cp locks/uv.txt .venv/
fi
.venv/bin/uv pip sync --quiet --python .venv/bin/python --require-hashes "$lock"
cp "$lock" .venv/
