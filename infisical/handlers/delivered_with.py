"""The secrets that the operator delivers together with one: while any of them is missing, none reaches its app."""

from __future__ import annotations

from typing import Final

from infisical.delivery.declaration import adding, source_of
from infisical.handlers import allowed
from infisical.handlers.fields import Change, Field
from infisical.handlers.kind import Task
from infisical.handlers.properties import Properties


def _addresses(remedies: dict[str, str]) -> str | None:
    wrong = next(filter(None, map(allowed.secret_address, remedies)), None)
    return f"a mapping of secrets in Infisical, each as {wrong}, to texts" if wrong else None


FIELD: Final = Field(
    name="deliveredWith",
    type="mapping",
    change=Change.NOTHING,
    allowed=_addresses,
    doc="secrets that are delivered together with this one, as '/NAME' or '/folder/NAME', and how each gets its value, "
    "or nothing where adding it in Infisical is the way: while one is missing, no new value is set",
)


async def absent(task: Task, inputs: Properties) -> list[str]:
    """Those that are not in Infisical, a line for each with what gives it its value."""
    lines = []
    for address, remedy in sorted(inputs.mapping(FIELD.name).items()):
        source = source_of(inputs.text("projectId"), inputs.text("environment"), address)
        if await task.secrets.seek(source.place, source.name) is None:
            lines.append(f"  - {source.name}: {remedy or adding(source)}")
    return lines
