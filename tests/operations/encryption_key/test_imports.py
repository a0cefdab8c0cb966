"""A rotation works on a real homelab: it needs nothing of the sandbox, and of the program its pure parts alone."""

from __future__ import annotations

import ast
from pathlib import Path

import operations.encryption_key

FOLDER = Path(operations.encryption_key.__file__).parent


def _imported(path: Path) -> set[str]:
    tree = ast.parse(path.read_text())
    found = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    return found | {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}


def test_it_imports_the_client_and_what_is_declared() -> None:
    imported = {name for path in FOLDER.glob("*.py") for name in _imported(path)}

    ours = {name for name in imported if name.split(".")[0] in ("components", "infisical", "plugins", "sandbox")}
    assert {name for name in ours if not name.startswith("infisical.client.")} == {
        "components.declaration",
        "components.site",
    }
    assert not {name for name in imported if name.split(".")[0] == "pulumi"}
