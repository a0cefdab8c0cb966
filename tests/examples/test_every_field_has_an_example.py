"""Every field of an app, a Secret and a key is in an example, and each choice of those that decide what is deployed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sandbox.declared import read_config
from tests.checkout import CHECKOUT
from tooling.schema.page import rows

APP: Final = "homelab:apps.APP"
KEY: Final = f"{APP}.keys.KEY"
SECTIONS: Final = (APP, KEY, f"{APP}.dataFrom.FOLDER", f"{APP}.dataFrom.FOLDER.rename")
NAMES: Final = {"apps": "APP", "keys": "KEY", "dataFrom": "FOLDER"}
"""The mappings whose keys are names of the owner, and what the reference page calls these."""

WITHOUT: Final = {
    *(f"{APP}.{name}" for name in ("adopt", "externalSecret", "retired")),
    *(f"{KEY}.{name}" for name in ("changeCommand", "renamedFrom", "retired", "rotateEveryDays")),
}
"""About objects and values that exist already, which no new homelab has."""

CHOICES: Final = {f"{KEY}.source", f"{KEY}.kind", f"{APP}.creationPolicy"}
SITES: Final = {"homelab:infisical.install", "homelab:infisical.mode", "homelab:infisical.database.kind"}
DEFAULTS: Final = {
    (f"{APP}.creationPolicy", "Owner"),
    ("homelab:infisical.install", "argocd"),
    ("homelab:infisical.mode", "managed"),
    ("homelab:infisical.database.kind", "bundled"),
}


def _values(value: Any, path: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    """Each field of a declaration by its section on the reference page, with its value."""
    if not isinstance(value, dict):
        return
    for name, item in value.items():
        # A Secret has the fields of an app.
        if path[-1:] == ("secrets",):
            yield from _values(item, path[:-1])
        elif path and path[-1] in NAMES:
            yield from _values(item, (*path, NAMES[path[-1]]))
        else:
            yield ".".join((*path, name)), item
            yield from _values(item, (*path, name))


def _found() -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for file in CHECKOUT.glob("examples/*/Pulumi.homelab.yaml"):
        config = {name.removeprefix("homelab:"): value for name, value in read_config(file).items()}
        for path, value in _values(config, ()):
            found.setdefault(f"homelab:{path}", []).append(value)
    return found


def test_every_field_is_in_an_example() -> None:
    fields = {str(row) for row in rows() if row.section in SECTIONS}

    assert fields - _found().keys() == WITHOUT


def test_every_choice_that_is_no_default_is_in_an_example() -> None:
    described = {str(row): row.choices for row in rows() if str(row) in CHOICES | SITES}
    found = _found()

    assert described.keys() == CHOICES | SITES
    choices = {(path, choice) for path, known in described.items() for choice in known}
    assert choices - {(path, value) for path in described for value in found[path]} == DEFAULTS
