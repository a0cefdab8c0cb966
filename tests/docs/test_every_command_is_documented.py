"""`docs/reference/commands.md` lists every command, variable and option, and no other."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable
from typing import Final

import pytest

from operations.__main__ import COMMANDS
from operations.backup.command import SUBCOMMANDS
from tests.checkout import CHECKOUT
from tests.docs import markdown

PAGE: Final = CHECKOUT / "docs" / "reference" / "commands.md"
MAKEFILE: Final = (CHECKOUT / "Makefile").read_text(encoding="utf-8")

OPERATIONS: Final = [*COMMANDS, *(f"backup {name}" for name in SUBCOMMANDS)]

NOT_FOR_USERS: Final = {"RUN", "LOCK", "PYTEST"}
"""Variables of the Makefile that only shorten its recipes."""


def names(heading: str) -> list[str]:
    """The first column of a table, without the quotes."""
    return [row[0].strip("`") for row in markdown.table(PAGE, heading)]


def options_of(heading: str) -> list[str]:
    text = PAGE.read_text(encoding="utf-8")
    _, _, table = text.partition(f"| option of `{heading}` | meaning |\n")
    return re.findall(r"^\| `(--[\w-]+)`", table.partition("\n\n")[0], re.MULTILINE)


def targets() -> set[str]:
    (phony,) = re.findall(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    return set(phony.split())


def help_of(module: str, *arguments: str) -> str:
    argv = [sys.executable, "-m", module, *arguments, "--help"]
    return subprocess.run(argv, cwd=CHECKOUT, check=True, capture_output=True, text=True).stdout


def long_options(text: str) -> set[str]:
    return set(re.findall(r"(?<!\w)--[a-z][\w-]*", text)) - {"--help"}


def without_repetition(found: Iterable[str]) -> set[str]:
    listed = list(found)
    assert len(listed) == len(set(listed)), listed
    return set(listed)


def test_every_target_of_the_makefile_has_a_row() -> None:
    assert without_repetition(name.removeprefix("make ") for name in names("make")) == targets()


def test_make_help_names_every_target_but_those_that_others_run() -> None:
    shown = set(re.findall(r'@echo "make ([a-z-]+)', MAKEFILE))

    assert shown == targets() - {"help", "venv"}


def test_every_variable_of_the_makefile_has_a_row() -> None:
    used = set(re.findall(r"\$\(([A-Z]+)\)|\$\(if \$\(([A-Z]+)\)", MAKEFILE))
    defined = set(re.findall(r"^([A-Z]+) *\?=", MAKEFILE, re.MULTILINE))
    variables = {name for pair in used for name in pair if name} | defined

    assert without_repetition(names("Variables")) == variables - NOT_FOR_USERS


def test_every_command_of_operations_has_a_row() -> None:
    listed = without_repetition(name.removeprefix("python -m operations ") for name in names("python -m operations"))

    assert listed == set(OPERATIONS)


@pytest.mark.parametrize("command", OPERATIONS)
def test_every_option_of_a_command_has_a_row(command: str) -> None:
    (usage, _, _) = help_of("operations", *command.split()).partition("\n\n")

    assert without_repetition(options_of(command)) == long_options(usage)


def test_every_option_of_the_drill_has_a_row() -> None:
    (usage, _, _) = help_of("drill").partition("\n\n")

    assert without_repetition(options_of("drill")) == long_options(usage)


def test_every_command_of_the_sandbox_has_a_row() -> None:
    (verbs,) = re.findall(r"\{([\w,]+)\}", help_of("sandbox").partition("\n\n")[0])

    listed = without_repetition(name.removeprefix("python -m sandbox ") for name in names("python -m sandbox"))

    assert listed == set(verbs.split(","))
