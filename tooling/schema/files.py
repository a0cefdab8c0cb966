"""The files of the JSON Schemas, which the first line of a declaration names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from tooling.schema.build import Schema, app_schema, stack_schema

FOLDER: Final = Path(__file__).parents[2] / "declaration" / "schema"


def contents() -> dict[str, str]:
    """By file name, the content that the page asks for."""
    return {"stack.json": _text(stack_schema()), "app.json": _text(app_schema())}


def write() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, content in contents().items():
        (FOLDER / name).write_text(content, encoding="utf-8")


def _text(schema: Schema) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
