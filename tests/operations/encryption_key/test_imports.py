"""A rotation works on a real homelab: it needs no sandbox, and of the program its pure parts alone."""

from __future__ import annotations

import ast
from pathlib import Path

import operations.encryption_key
from tooling.stack import torn_state

FOLDER = Path(operations.encryption_key.__file__).parent
OURS = ("components", "infisical", "operations", "plugins", "sandbox")


def _imported(path: Path) -> set[str]:
    tree = ast.parse(path.read_text())
    found = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    return found | {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}


def _ours(path: Path) -> set[str]:
    return {name for name in _imported(path) if name.split(".")[0] in OURS}


def test_it_imports_the_client_and_what_is_declared() -> None:
    imported = {name for path in FOLDER.glob("*.py") for name in _imported(path)}

    ours = {name for path in FOLDER.glob("*.py") for name in _ours(path)}
    assert {name for name in ours if not name.startswith(("infisical.api.", "operations."))} == {
        "declaration.section",
        "declaration.kubeconfig",
        "declaration.site",
        "tooling.stack.torn_state",
    }
    assert not {name for name in imported if name.split(".")[0] == "pulumi"}


def test_a_torn_state_is_mended_without_a_sandbox() -> None:
    assert not _ours(Path(torn_state.__file__))
