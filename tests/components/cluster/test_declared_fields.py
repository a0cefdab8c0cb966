"""What the program compares with the cluster before it starts is what it registers afterwards."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.components.answers import Secret
from tests.components.installation.test_installation import with_helm
from tests.components.installation.test_separate_database import _config
from tests.components.program import Run, run
from tests.declaration.stack_config import IDENTITY, MODES, OIDC, REPOSITORY, elsewhere, manual, stack_file

ELSEWHERE: dict[str, Callable[[], dict[str, Any]]] = {
    "elsewhere": elsewhere,
    "with helm": with_helm,
    "separate database": _config,
    "moving database": lambda: _config(**{"from": "bundled"}),
}
OWNED = {
    "namespace": "own",
    "createNamespace": True,
    "labels": {"team": "a"},
    "literals": {"user": "it"},
    "keys": {"KEY": {"source": "manual"}},
}


def config(kind: str) -> dict[str, Any]:
    if kind in MODES:
        return MODES[kind]()
    if kind in ELSEWHERE:
        return {**ELSEWHERE[kind](), **OIDC}
    every = {**stack_file(), **OIDC, **REPOSITORY} if kind == "managed, all" else {**manual(), **IDENTITY, **OIDC}
    return {**every, "apps": {**every["apps"], "own": OWNED}}


def shape(value: Any) -> Any:
    """A value as the comparison has it: None instead of a secret."""
    match value:
        case Secret():
            return None
        case dict():
            return {key: shape(item) for key, item in value.items()}
        case list():
            return [shape(item) for item in value]
        case _:
            return value


def registered(done: Run) -> dict[str, Any]:
    found = {}
    for name, body in done.objects().items():
        metadata = {key: shape(body["metadata"].get(key) or {}) for key in ("labels", "annotations")}
        rest = {key: shape(value) for key, value in body.items() if key not in ("apiVersion", "kind", "metadata")}
        if "stringData" in rest:
            rest["data"] = dict.fromkeys(body["stringData"].value)
            del rest["stringData"]
        found[name] = {**({"metadata": metadata} if any(metadata.values()) else {}), **rest}
    return found


@pytest.mark.parametrize("kind", [*MODES, *ELSEWHERE, "managed, all", "manual, all"])
def test_every_field_that_the_program_writes_is_compared(kind: str) -> None:
    done = run(config(kind))

    ((asked, _, _),) = done.invoked
    compared = {
        f"{each['kind']} {'/'.join(filter(None, (each['namespace'], each['name'])))}": json.loads(each["fields"])
        for each in asked["declared"]
    }
    written = registered(done)
    if "managed" in kind or kind in ELSEWHERE:
        # A changed login of the operator is healed by a new one.
        written["Secret external-secrets/infisical-machine-identity"]["data"] = {}
    assert compared == written


def test_no_secret_value_is_compared() -> None:
    done = run({**stack_file(), **OIDC, **REPOSITORY})

    ((asked, _, _),) = done.invoked
    text = json.dumps(asked["declared"])
    for value in (*done.made_at_random.values(), *OIDC.values(), REPOSITORY["argocdRepoSshPrivateKey"]):
        assert value not in text


def test_the_fields_of_an_app_that_is_taken_over_are_not_compared() -> None:
    every = config("managed, all")
    every["apps"]["own"] = {**OWNED, "createNamespace": False, "adopt": True}

    ((asked, _, _),) = run(every).invoked

    assert "own-secret" not in [each["name"] for each in asked["declared"]]
