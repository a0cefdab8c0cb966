"""The secrets that the operator delivers together: while one of them is missing, none reaches the app."""

from __future__ import annotations

from typing import Final

from infisical import rules
from infisical.contents.expected import default_remedy, source_of
from infisical.handlers.base.fields import Change, Field
from infisical.handlers.base.handler import Operation
from infisical.properties import Properties


def _addresses(remedies: dict[str, str]) -> str | None:
    wrong = next(filter(None, map(rules.secret_address, remedies)), None)
    return f"a mapping of secrets in Infisical, each as {wrong}, to strings" if wrong else None


FIELD: Final = Field(
    name="deliveredWith",
    type="mapping",
    change=Change.NOTHING,
    rule=_addresses,
    doc="secrets that are delivered together with this one, as '/NAME' or '/folder/NAME', and what gives each its "
    "value, empty for adding it in Infisical: while one is missing, no new value is set",
)


async def absent(operation: Operation, inputs: Properties) -> list[str]:
    """A line for each of them that is missing in Infisical, with what gives it its value."""
    lines = []
    for address, remedy in sorted(inputs.mapping(FIELD.name).items()):
        source = source_of(inputs.string("projectId"), inputs.string("environment"), address)
        if await operation.secrets.lookup(source.location, source.name) is None:
            lines.append(f"  - {source.name}: {remedy or default_remedy(source)}")
    return lines
