"""What the documentation names exists: files, headings, config keys."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from declaration.site.credentials import CREDENTIALS
from tests.checkout import CHECKOUT
from tests.docs import markdown
from tests.docs.markdown import Link
from tooling.schema import page

FILES: Final = markdown.files()
PAGES: Final = CHECKOUT / "docs"
README: Final = CHECKOUT / "README.md"

CONFIG_COMMAND: Final = re.compile(r"pulumi config (set|rm|get) ((?:--\w+ )*)'?((?:homelab|kubernetes):[\w.-]+)'?")
CONFIG_KEY: Final = re.compile(r"\bhomelab:([A-Za-z0-9]+)")
# The namespace `infisical` has objects whose names start with `infisical`: they are no files.
PATH: Final = re.compile(
    r"(?<![\w./-])"
    r"(?:bench|components|declaration|docs|drill|examples|infisical(?!/infisical)|locks|operations|plugins|sandbox|tests|tooling"
    r"|\.github)/[\w./-]*"
)

KNOWN_KEYS: Final = {
    row[0].strip("`").removeprefix("homelab:")
    for heading in ("Keys of the stack config", "Credentials")
    for row in page.table(heading)
}
"""The keys in the reference, which a test compares with the parser."""

KEYS_OF_PULUMI: Final = {"kubernetes:enablePatchForce", "kubernetes:kubeconfig", "kubernetes:context"}
TYPE_TOKENS: Final = {"secrets"}
"""What follows `homelab:` in the type tokens of components."""


def relative(file: Path) -> str:
    return str(file.relative_to(CHECKOUT))


@pytest.mark.parametrize("file", FILES, ids=relative)
def test_a_relative_link_leads_to_a_file_and_to_a_heading(file: Path) -> None:
    def is_broken(link: Link) -> bool:
        if not link.path.exists():
            return True
        return bool(link.anchor) and link.anchor not in markdown.anchors(link.path)

    broken = [str(link) for link in markdown.links(file) if link.is_relative and is_broken(link)]

    assert broken == []


@pytest.mark.parametrize("file", FILES, ids=relative)
def test_a_path_in_code_exists(file: Path) -> None:
    named = {path for text in markdown.code(markdown.prose(file)) for path in PATH.findall(text)}
    # The reader chooses a name for one in capitals.
    concrete = {path for path in named if not re.search(r"[A-Z]{4,}(?!.*\.md$)|test_NAME", path)}

    missing = [path for path in concrete if not any((base / path).exists() for base in (CHECKOUT, file.parent))]

    assert missing == []


@pytest.mark.parametrize("file", FILES, ids=relative)
def test_a_config_key_is_one_that_the_declaration_knows(file: Path) -> None:
    text = file.read_text(encoding="utf-8")

    unknown = set(CONFIG_KEY.findall(text)) - KNOWN_KEYS - TYPE_TOKENS - {"NAME"}

    assert unknown == set()


def _is_wrong(verb: str, options: str, key: str) -> bool:
    if key in KEYS_OF_PULUMI or key == "homelab:NAME":
        return False
    name, _, nested = key.removeprefix("homelab:").partition(".")
    is_secret = name == "values" or (name in CREDENTIALS and CREDENTIALS[name].secret)
    return (
        name not in KNOWN_KEYS
        or bool(nested) != ("--path" in options)
        or (verb == "set" and is_secret != ("--secret" in options))
    )


def test_a_command_for_the_config_has_a_known_key_and_the_options_that_it_needs() -> None:
    commands = {
        f"{relative(file)}: pulumi config {verb} {options}{key}": _is_wrong(verb, options, key)
        for file in FILES
        for verb, options, key in CONFIG_COMMAND.findall(file.read_text(encoding="utf-8"))
    }

    assert commands
    assert [command for command, wrong in commands.items() if wrong] == []


@pytest.mark.parametrize(
    "command",
    [
        "pulumi config set --secret homelab:infisicalAdminPasword",
        "pulumi config set homelab:infisicalAdminPassword",
        "pulumi config set --secret 'homelab:values.KEY'",
        "pulumi config set --path 'homelab:values.KEY'",
        "pulumi config rm homelab:rotations.KEY",
    ],
)
def test_a_wrong_command_is_noticed(command: str) -> None:
    ((verb, options, key),) = CONFIG_COMMAND.findall(command)

    assert _is_wrong(verb, options, key)


def test_every_page_is_listed_in_the_table_of_contents() -> None:
    contents = {
        link.path
        for file in (PAGES / "README.md", PAGES / "explanation" / "architecture.md")
        for link in markdown.links(file)
    }

    assert [page for page in PAGES.rglob("*.md") if page not in contents and page != PAGES / "README.md"] == []


def test_the_readme_of_the_tests_lists_every_folder() -> None:
    tests = CHECKOUT / "tests"
    listed = {name for row in markdown.table(tests / "README.md", "What runs") for name in markdown.code(row[0])}

    assert {f"{folder.name}/" for folder in tests.iterdir() if list(folder.rglob("test_*.py"))} - listed == set()


def test_the_map_lists_every_folder() -> None:
    listed = {name.strip("/") for row in markdown.table(README, "Map") for name in list(markdown.code(row[0]))}
    packages = {folder.name for folder in CHECKOUT.iterdir() if list(folder.glob("*.py"))} - {".github"}

    assert listed == packages | {"__main__.py", "docs", "examples", "tests"}
