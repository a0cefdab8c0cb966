"""Inventories of any size, inline and in files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

Apps = dict[str, dict[str, Any]]

# The C dumper is many times faster.
_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def many_apps(number: int) -> Apps:
    """Apps with three generated keys each."""
    return {
        f"app-{index:04}": {
            "namespace": f"app-{index:04}",
            "keys": {f"APP_{index:04}_{key}": {"source": "generate", "kind": "hex", "size": 16} for key in "ABC"},
        }
        for index in range(number)
    }


def write_apps(folder: Path, apps: Mapping[str, Any]) -> None:
    """Write each app to its file; a string is the file's text."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, app in apps.items():
        text = app if isinstance(app, str) else yaml.dump(app, Dumper=_Dumper, sort_keys=False)
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
