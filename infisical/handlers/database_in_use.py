"""DatabaseInUse: no update makes Infisical start with an empty database."""

from __future__ import annotations

from typing import Final

from infisical.api.errors import Blocked
from infisical.handlers.base.fields import Field
from infisical.handlers.base.handler import Applied, Found, Handler, Operation
from infisical.properties import Properties

_EMPTY_OR_OUTDATED: Final = (("bundled", "separate"), ("separate", "bundled"), ("separate", "moving"))
"""Changes after which Infisical would not see its data."""


class DatabaseInUse(Handler):
    name = "DatabaseInUse"
    doc = (
        "Which database Infisical uses. A change from the bundled to a separate one is refused, already in its "
        "preview, unless both have run next to each other first: the separate one would be empty. It exists in the "
        "state only."
    )
    needs_server = False
    fields = (Field(name="kind", type="string", required=True, doc="bundled, moving, separate or external"),)
    outputs = {}  # noqa: RUF012

    def unknown_outputs(self, old: Properties, new: Properties) -> frozenset[str]:
        if (old.string("kind"), new.string("kind")) in _EMPTY_OR_OUTDATED:
            raise Blocked(_refusal(old.string("kind"), new.string("kind")))
        return frozenset()

    async def ensure(self, operation: Operation, inputs: Properties, state: Properties) -> Applied:
        return Applied("database-in-use", {})

    async def read(self, operation: Operation, resource_id: str, state: Properties, inputs: Properties) -> Found | None:
        if not state:
            message = "A DatabaseInUse resource cannot be imported: it exists in the state only. Remove `import_`."
            raise Blocked(message)
        return Found(resource_id, {}, dict(inputs))

    async def lost(self, operation: Operation, resource_id: str, state: Properties) -> str | None:
        return None

    async def delete(self, operation: Operation, resource_id: str, state: Properties) -> None:
        """There is no object to delete."""


def _refusal(old: str, new: str) -> str:
    bundled = old == "bundled"
    fix = (
        "write `kind: separate` with `from: bundled`, run `pulumi up`, and copy the data"
        if bundled
        else ("write `kind: separate` without `from`. To go back, restore a backup")
    )
    return (
        f"homelab:infisical.database: the {old} database holds Infisical's data; nothing was changed.\n"
        f"    found:    {new}, after {old}\n"
        f"    expected: the {old} database: Infisical would start with an empty or outdated one\n"
        f"    fix:      {fix}: docs/how-to/move-the-database.md"
    )
