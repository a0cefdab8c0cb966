"""ImmutableKeys: no update removes the value of an immutable key from the state."""

from __future__ import annotations

from typing import Final

from infisical.api.errors import Blocked
from infisical.handlers.base.fields import Change, Field
from infisical.handlers.base.state_only import StateOnly
from infisical.properties import Properties

GENERATE = "generate"


class ImmutableKeys(StateOnly):
    name = "ImmutableKeys"
    resource_id = "immutable-keys"
    doc = (
        "The immutable keys of a stack. An update that no longer declares one of them is refused, already in its "
        "preview: otherwise it would end at the protection of the generated value. So is one that no longer installs "
        "Infisical or sets it up. It exists in the state only."
    )
    fields = (
        Field(
            name="managed",
            type="boolean",
            required=True,
            doc="whether the stack sets Infisical up",
        ),
        Field(
            name="installed",
            type="boolean",
            required=True,
            doc="whether Infisical runs with the keys of the stack",
        ),
        Field(
            name="keys",
            type="mapping",
            required=True,
            doc=f"by name the source of each immutable key: {GENERATE!r}, or 'given' for any other",
        ),
        Field(
            name="declared",
            type="strings",
            required=True,
            change=Change.NOTHING,
            doc="the names of all keys, and those that they had before",
        ),
        Field(
            name="generated",
            type="strings",
            required=True,
            change=Change.NOTHING,
            doc="those of `declared` whose value is generated",
        ),
    )

    def unknown_outputs(self, old: Properties, new: Properties) -> frozenset[str]:
        if old.boolean("installed") and not new.boolean("installed"):
            raise Blocked(_ELSEWHERE)
        if old.boolean("managed") and not new.boolean("managed"):
            raise Blocked(_BY_HAND)
        before, declared, generated = old.mapping("keys"), new.strings("declared"), new.strings("generated")
        if removed := sorted(before.keys() - {*declared}):
            raise Blocked(_removed(removed))
        others = [name for name in sorted(before) if before[name] == GENERATE and name not in generated]
        if others:
            raise Blocked(_other_source(others))
        return frozenset()


_BY_HAND: Final = (
    "homelab:infisical.mode is manual, and this stack has set Infisical up; nothing was removed.\n"
    "    found:    manual, after managed\n"
    "    expected: managed: otherwise the project in Infisical and the generated values in the state would be deleted\n"
    "    fix:      write `mode: managed`. To continue by hand, first release Infisical from the stack:\n"
    "              docs/how-to/set-infisical-up-by-hand.md has the commands, which keep all values"
)


_ELSEWHERE: Final = (
    "homelab:infisical.install is none, and this stack has installed Infisical; nothing was removed.\n"
    "    found:    none, after argocd or helm\n"
    "    expected: argocd or helm: otherwise ENCRYPTION_KEY would be deleted, and Infisical's data would be lost\n"
    "    fix:      write `install` as before. To run this Infisical elsewhere, first move its database and release it\n"
    "              from the stack: docs/how-to/infisical-elsewhere.md has the commands, which keep all values"
)


def _removed(names: list[str]) -> str:
    keys, name = " and ".join(names), names[0].rpartition("/")[2]
    verb = "is" if len(names) == 1 else "are"
    return (
        f"{keys} {verb} immutable and no longer declared; nothing was removed.\n"
        "    found:    no app that declares the key\n"
        "    expected: the key: without its value, the data that it protects is lost\n"
        f"    fix:      if you renamed the key, write `renamedFrom: {name}` for the new one. If no app needs it any\n"
        "              more, declare it again with `retired: true` for the key or for its app, which keeps the value"
    )


def _other_source(names: list[str]) -> str:
    keys = " and ".join(names)
    verb = "is" if len(names) == 1 else "are"
    return (
        f"{keys} {verb} immutable, and the value in use was generated; nothing was removed.\n"
        "    found:    a different source in the declaration\n"
        "    expected: `source: generate`: without the value, the data that it protects is lost\n"
        "    fix:      write `source: generate` with the kind and size as before"
    )
