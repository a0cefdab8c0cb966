"""The comment of each seeded secret: a person in the UI sees which apps read it."""

from __future__ import annotations

from typing import Any

from tests.components.managed.seeds import seeds_of
from tests.components.program import run
from tests.declaration.stack_config import stack_file

GENERATED = {"source": "generate", "kind": "hex", "size": 12}


def _comments(apps: dict[str, Any]) -> dict[str, str]:
    """The comment of each key, without the name of the stack."""
    start = "Managed by the Pulumi stack homelab/homelab. "
    done = run({**stack_file(), "apps": apps})
    return {it.inputs["name"]: it.inputs["comment"].removeprefix(start) for it in seeds_of(done)}


def test_a_comment_in_infisical_names_the_apps_and_warns_of_immutable_keys() -> None:
    keys = {"SHARED": GENERATED, "SALT": {**GENERATED, "immutable": True}, "OLD": {**GENERATED, "retired": True}}
    apps = {"web": {"namespace": "web", "keys": keys}, "blog": {"namespace": "blog", "keys": {"SHARED": GENERATED}}}

    assert _comments(apps) == {
        "SHARED": "Apps: web, blog.",
        "SALT": "Apps: web. Immutable: do not change it.",
        "OLD": "No app reads it any more.",
    }


def test_a_comment_stays_short_if_many_apps_read_a_key() -> None:
    apps = {f"app-{number}": {"namespace": "web", "keys": {"SHARED": GENERATED}} for number in range(13)}

    assert _comments(apps)["SHARED"].endswith("app-9 and 3 more.")
