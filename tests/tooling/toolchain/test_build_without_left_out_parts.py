"""A program is built without the parts that the sandbox cannot use."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.sandbox.conftest import Listener
from tests.tooling.toolchain.tiny import MAIN, output_of, tiny_programs
from tooling.toolchain.build import build_missing, built
from tooling.toolchain.golang import Go
from tooling.toolchain.left_out import LeftOut
from tooling.toolchain.pins import (
    KUBERNETES_MODULES,
    LINKED,
    OPERATOR_MODULES,
    ModuleFiles,
    ModuleSet,
    Program,
    build_key,
)

LEFT_OUT = """
module = "example.test/one"
[[part]]
name = "the greeting"
reason = "Nobody reads it."
[part.files."main.go"]
cut = [["hello from", '"', "other words from "]]
"""


def without(program: Program, left_out: str) -> Program:
    """Leave out what the TOML describes."""
    path = program.modules.folder / "smaller.toml"
    path.write_text(left_out)
    return dataclasses.replace(program, modules=ModuleSet(program.modules.folder, LeftOut(path)))


def test_a_program_without_its_left_out_parts_is_a_different_build(
    root: Path, tmp_path: Path, go: Go, listener: Listener
) -> None:
    (plain,) = tiny_programs(tmp_path, one=MAIN)
    smaller = without(plain, LEFT_OUT)

    build_missing(root, [plain], lambda: go, listener)
    build_missing(root, [smaller], lambda: go, listener)

    assert output_of(built(root, plain)) == "hello from v1.2.3-1"
    assert output_of(built(root, smaller)) == "other words from v1.2.3-1"
    assert built(root, without(plain, LEFT_OUT.replace("other", "yet other"))) != built(root, smaller)


def test_a_module_with_left_out_parts_comes_from_gos_module_cache(
    root: Path,
    tmp_path: Path,
    go: Go,
    listener: Listener,
    program: Callable[[str, str], Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Go refuses to change files in its module cache, so go.mod replaces the module by a link to it."""
    (one,) = tiny_programs(tmp_path, one=MAIN)
    go_mod = one.modules.folder / "go.mod"
    go_mod.write_text(go_mod.read_text().replace(f"=> {tmp_path / 'one'}", "=> ./one-src"))
    answer = json.dumps({"Sum": "h1:pinned=", "Dir": str(tmp_path / "one")})
    downloading = program("go", f"case \"$2\" in download) echo '{answer}';; *) exec '{go.program}' \"$@\";; esac")
    monkeypatch.setitem(LINKED, one.module, ModuleFiles(one.module, "v1.2.3", "h1:pinned=", ()))
    smaller = without(one, LEFT_OUT)

    build_missing(root, [smaller], lambda: dataclasses.replace(go, program=downloading), listener)

    assert output_of(built(root, smaller)) == "other words from v1.2.3-1"
    assert (tmp_path / "one" / "main.go").read_text() == MAIN


def test_a_change_of_what_the_operator_lacks_does_not_build_the_kubernetes_programs_again() -> None:
    assert KUBERNETES_MODULES.folder == OPERATOR_MODULES.folder
    assert build_key(KUBERNETES_MODULES) != build_key(OPERATOR_MODULES)
