# The virtualenv `.venv` with everything of sandbox/requirements.txt: sh sandbox/venv.sh PYTHON
#
# Done again only when a requirements file changed. The stamp is written last, so an interrupted
# installation goes on where it was.
set -eu
cd "$(dirname "$0")/.."
python=$1
stamp=.venv/requirements.stamp
wanted=$(cat requirements.txt sandbox/requirements.txt | cksum)

if [ "$(cat $stamp 2>/dev/null)" = "$wanted" ] && .venv/bin/python -c '' 2>/dev/null; then
    exit 0
fi

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    seen=$("$python" --version 2>&1 || true)
    echo "error: Python 3.11 or newer is needed; $python is: $seen" >&2
    echo "Name one: make PYTHON=python3.12 up" >&2
    exit 1
fi
if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    echo "making the virtualenv .venv"
    if ! "$python" -m venv --clear .venv; then
        echo "error: $python cannot make a virtualenv (on Debian and Ubuntu: apt install python3-venv)" >&2
        exit 1
    fi
fi
echo "installing sandbox/requirements.txt into .venv"
quiet=--quiet
[ -t 1 ] && quiet=
.venv/bin/python -m pip install --disable-pip-version-check $quiet -r sandbox/requirements.txt
echo "$wanted" >$stamp
