"""What is left out of the built programs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.checkout import CHECKOUT
from tooling.errors import ToolError
from tooling.toolchain.left_out import LeftOut
from tooling.toolchain.pins import KUBERNETES_MODULES, OPERATOR_MODULES, PROMETHEUS_MODULES, PULUMI_MODULES

DOCUMENT = CHECKOUT / "docs" / "explanation" / "architecture.md"

SOURCE = """\
package main

import (
	"fmt"
	_ "time/tzdata"

	cloud "example.test/big-cloud/v2"
	"example.test/go-local"
)

func main() {
	local.Start()
	cloud.Start()
	fmt.Println("started")
}

func stop() {
	cloud.Stop()
}
"""


def changed(folder: Path, change: str) -> str | None:
    """Return the changed file; None if it is deleted."""
    (folder / "module").mkdir()
    (folder / "module" / "main.go").write_text(SOURCE)
    toml = folder / "less.toml"
    part = 'module = "example.test/one"\n[[part]]\nname = "n"\nreason = "r"\n[part.files."main.go"]\n'
    toml.write_text(f"{part}{change}\n")
    LeftOut(toml).write_overlay(folder / "module", folder / "left-out")
    overlay = json.loads((folder / "left-out" / "overlay.json").read_text())["Replace"]
    assert list(overlay) == [str(folder / "module" / "main.go")]
    (target,) = overlay.values()
    return Path(target).read_text() if target else None


def test_lines_and_ranges_are_left_out_with_the_imports_that_only_they_used(tmp_path: Path) -> None:
    found = changed(tmp_path, """drop = ["cloud.Start()"]\ncut = [["\\nfunc stop(", ""]]""")

    assert found == SOURCE.replace("\tcloud.Start()\n", "").replace(
        '\tcloud "example.test/big-cloud/v2"\n', ""
    ).replace("\nfunc stop() {\n\tcloud.Stop()\n}\n", "")


def test_a_range_can_be_replaced(tmp_path: Path) -> None:
    found = changed(tmp_path, """cut = [['"started"', ')', '"ready"']]""")

    assert found == SOURCE.replace("started", "ready")


def test_a_file_can_be_replaced(tmp_path: Path) -> None:
    assert changed(tmp_path, 'text = "package main"') == "package main"


def test_a_file_can_be_deleted(tmp_path: Path) -> None:
    assert changed(tmp_path, "delete = true") is None


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ('drop = ["cloud.Pause()"]', "main.go: found 'cloud.Pause()' 0 times, expected once"),
        ('cut = [["cloud.", ""]]', "main.go: found 'cloud.' 2 times, expected once"),
        ("cut = [['func stop()', 'func pause()']]", "main.go: 'func pause()' not found after 'func stop()'"),
    ],
)
def test_a_text_that_does_not_occur_exactly_once_is_an_error(tmp_path: Path, change: str, expected: str) -> None:
    with pytest.raises(ToolError) as caught:
        changed(tmp_path, change)

    assert expected in str(caught.value)
    assert str(tmp_path / "less.toml") in str(caught.value)


def test_the_documentation_names_each_part_that_is_left_out() -> None:
    rows = [line for line in DOCUMENT.read_text().splitlines() if line.startswith("| `")]

    for program, modules in (
        ("pulumi", PULUMI_MODULES),
        ("kube-controller-manager", KUBERNETES_MODULES),
        ("external-secrets", OPERATOR_MODULES),
        ("promtool", PROMETHEUS_MODULES),
    ):
        assert modules.left_out
        for name, reason in modules.left_out.parts:
            assert f"| `{program}` | {name} | {reason} |" in rows
