"""No secret value leaves the program unmarked: not in a resource's fields or name, an output or a log."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from components.base.debug_log import KEEP
from tests.components.answers import Secret
from tests.components.program import GENERATED, Run, run
from tests.declaration.stack_config import (
    ADMIN,
    EARLIER,
    IDENTITY,
    IN_CLEAR,
    OIDC,
    REDIS_URL,
    REPOSITORY,
    VALUES,
    manual,
    stack_file,
)

EXTERNAL = {"kind": "external", "secretName": "my-database", "secretKey": "uri"}
COMMON = {**EARLIER, **OIDC, **REPOSITORY}
BY_HAND = {**COMMON, **IDENTITY}
MANAGED = {**COMMON, **ADMIN, "values": VALUES}

RUNS: dict[str, dict[str, Any]] = {
    "generated": manual(),
    "earlier": {**manual(), **BY_HAND},
    "external": {**manual(), **BY_HAND, **REDIS_URL, "infisical": {**manual()["infisical"], "database": EXTERNAL}},
    "managed": stack_file(),
    "managed, all given": {**stack_file(), **MANAGED},
    "managed, external": {
        **stack_file(),
        **MANAGED,
        **REDIS_URL,
        "store": {**stack_file()["store"], "folderPerApp": True},
        "infisical": {**stack_file()["infisical"], "database": EXTERNAL, "tailscalePort": 8445},
    },
}


def _values(done: Run) -> list[str]:
    plain = [value for key, value in {**BY_HAND, **ADMIN, **REDIS_URL}.items() if key not in IN_CLEAR]
    plain += VALUES.values()
    plain += done.made_at_random.values()
    plain += GENERATED.values()
    plain.append(base64.b64encode(bytes.fromhex(GENERATED["infisical-auth-secret"])).decode())
    # The lines of a key and the parts of an address are as secret as the whole.
    plain += ["bm90LWEta2V5", "redis-url-password"]
    return plain + [base64.b64encode(value.encode()).decode() for value in plain]


def _unmarked(value: object) -> object:
    match value:
        case Secret():
            return "[secret]"
        case dict():
            return {key: _unmarked(item) for key, item in value.items()}
        case list():
            return [_unmarked(item) for item in value]
        case _:
            return value


def _marked(value: object) -> list[object]:
    match value:
        case Secret():
            return [value.value]
        case dict():
            return [found for item in value.values() for found in _marked(item)]
        case list():
            return [found for item in value for found in _marked(item)]
        case _:
            return []


@pytest.fixture(scope="module", params=[(name, preview) for name in RUNS for preview in (False, True)], ids=str)
def done(request: pytest.FixtureRequest) -> Run:
    name, preview = request.param
    with pytest.MonkeyPatch.context() as patch:
        # The SDK's debug messages, which an owner may ask for.
        patch.setenv(KEEP, "1")
        return run(RUNS[name], preview=preview)


def test_secrets_are_registered_as_secrets(done: Run) -> None:
    for found in done.registrations.values():
        text = f"{found.urn} {found.read} {_unmarked(found.inputs)}"
        assert not [value for value in _values(done) if value in text]


def test_no_output_is_a_secret_or_holds_one(done: Run) -> None:
    assert _marked(done.outputs) == []
    assert not [value for value in _values(done) if value in str(done.outputs)]


def test_no_log_holds_a_secret(done: Run) -> None:
    assert done.logged
    assert not [value for value in _values(done) if value in "\n".join(done.logged)]


def test_the_search_finds_the_secrets_where_they_belong() -> None:
    """Otherwise the tests above could not fail."""
    for name, config in RUNS.items():
        marked = str([_marked(found.inputs) for found in run(config).registrations.values()])
        given = [value for key, value in config.items() if key in EARLIER | IDENTITY | ADMIN | OIDC | REDIS_URL]
        given += config.get("values", {}).values()
        used = given or [GENERATED["infisical-encryption-key"]]
        if "external" in name:
            # Neither password is used then.
            used = [value for value in used if value not in list(EARLIER.values())[2:]]
        assert used
        assert [value for value in used if value in marked] == used


def test_a_value_generated_for_an_app_is_found_where_it_belongs() -> None:
    done = run(RUNS["managed"])
    marked = str([_marked(found.inputs) for found in done.registrations.values()])

    assert len(done.made_at_random) > len(GENERATED)
    for name, value in done.made_at_random.items():
        # That key is passed on as base64 of its bytes.
        shown = base64.b64encode(bytes.fromhex(value)).decode() if name == "infisical-auth-secret" else value
        assert shown in marked, name
