"""DatabaseInUse: no update makes Infisical start with an empty database."""

from __future__ import annotations

from typing import Final

from infisical.api.errors import Blocked
from infisical.handlers.base.fields import Field
from infisical.handlers.base.state_only import StateOnly
from infisical.properties import Properties

_EMPTY_OR_OUTDATED: Final = (("bundled", "separate"), ("separate", "bundled"), ("separate", "moving"))
"""Changes after which Infisical would not see its data."""


class DatabaseInUse(StateOnly):
    name = "DatabaseInUse"
    resource_id = "database-in-use"
    doc = (
        "Which database Infisical uses. A change from the bundled to a separate one is refused, already in its "
        "preview, unless both have run next to each other first: the separate one would be empty. It exists in the "
        "state only."
    )
    fields = (Field(name="kind", type="string", required=True, doc="bundled, moving, separate or external"),)

    def unknown_outputs(self, old: Properties, new: Properties) -> frozenset[str]:
        if (old.string("kind"), new.string("kind")) in _EMPTY_OR_OUTDATED:
            raise Blocked(_refusal(old.string("kind"), new.string("kind")))
        return frozenset()


def _refusal(old: str, new: str) -> str:
    bundled = old == "bundled"
    fix = (
        "write `kind: separate` with `from: bundled`, run `pulumi up`, and copy the data"
        if bundled
        else "write `kind: separate` without `from`. To go back, restore a backup"
    )
    return (
        f"homelab:infisical.database: the {old} database holds Infisical's data; nothing was changed.\n"
        f"    found:    {new}, after {old}\n"
        f"    expected: the {old} database: Infisical would start with an empty or outdated one\n"
        f"    fix:      {fix}: docs/how-to/move-the-database.md"
    )
