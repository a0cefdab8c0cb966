"""The program accepts each declaration that a page shows."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tests.checkout import CHECKOUT
from tests.declaration.stack_config import stack_file
from tests.docs.declared import problems
from tests.docs.markdown import table

PAGE: Final = CHECKOUT / "docs" / "how-to" / "declare-what-you-have.md"
REFERENCE: Final = CHECKOUT / "docs" / "reference" / "declaration.md"

_BLOCK: Final = re.compile(r"^( *)```yaml\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_HEADING: Final = re.compile(r"^#+ +(.*)$", re.MULTILINE)
OF_AN_APP: Final = frozenset({"keys", "dataFrom", "template", "dockerConfig", "store", "generator"})


def _blocks(page: Path) -> Iterator[tuple[str, Any]]:
    """Each YAML block with its heading."""
    text = page.read_text(encoding="utf-8")
    for found in _BLOCK.finditer(text):
        heading = [*_HEADING.finditer(text, 0, found.start())][-1][1]
        yield heading, yaml.safe_load(textwrap.dedent(found[2]))


def _declared(block: dict[str, Any]) -> dict[str, Any] | None:
    """A stack config with what the block shows; None if that is no part of one."""
    block = block.get("config", block)
    if block.keys() & OF_AN_APP:
        block = {"homelab:apps": {"web": {"namespace": "web", **block}}}
    shown = {name.removeprefix("homelab:"): value for name, value in block.items() if name.startswith("homelab:")}
    needed = {"infisical", "store", "apps"} - shown.keys()
    return {**{name: stack_file()[name] for name in needed}, **shown} if "apps" in shown else None


FOUND: Final = [(page, heading, block) for page in (PAGE, REFERENCE) for heading, block in _blocks(page)]
SHOWN: Final = [
    pytest.param(declared, id=f"{page.stem}: {heading}")
    for page, heading, block in FOUND
    if isinstance(block, dict) and (declared := _declared(block)) and isinstance(declared["apps"], dict)
]


@pytest.mark.parametrize("declared", SHOWN)
def test_a_declaration_that_a_page_shows_is_accepted(declared: dict[str, Any]) -> None:
    assert problems(declared) == ""


def test_enough_declarations_are_found() -> None:
    """Otherwise the test above could not fail."""
    assert len(SHOWN) > 15


def test_each_shape_of_the_table_has_its_own_declaration() -> None:
    with_block = {heading for page, heading, _ in FOUND if page == PAGE}
    sections = re.findall(r"^## (.*)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)

    assert set(sections) == with_block
    assert len(table(PAGE, "Declare what you have")) == len(sections) + 2
