"""Infisical's own keys: generated once and never lost. Keys of an earlier installation take precedence."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

from tests.components.answers import Secret
from tests.components.monitor import Registration
from tests.components.program import GENERATED, Run, run
from tests.declaration.stack_config import EARLIER, MODES, manual, stack_file

PROTECTED: dict[str, set[tuple[str, str]]] = {
    "manual": set(),
    "managed": {
        ("RandomPassword", "infisical-admin-password"),
        ("RandomPassword", "AUTHENTIK_SECRET_KEY"),
        ("Project", "project"),
    },
}
"""What else is protected, apart from Infisical's own keys."""


@pytest.fixture(scope="module", params=MODES)
def mode(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


@pytest.fixture(scope="module")
def config(mode: str) -> dict[str, Any]:
    return MODES[mode]()


@pytest.fixture(scope="module")
def first(config: dict[str, Any]) -> Run:
    return run(config)


def _own(done: Run) -> list[Registration]:
    """The values that are generated for Infisical itself."""
    return [found for found in done.of_type("RandomPassword") if found.parent.endswith(":GeneratedKeys::keys")]


def _data(done: Run, name: str) -> dict[str, str]:
    data = done.objects()[f"Secret {name}"]["stringData"]
    assert isinstance(data, Secret)
    values: dict[str, str] = data.value
    return values


def _in_use(done: Run) -> dict[str, str]:
    """What Infisical and its chart get, by the config key that takes precedence."""
    keys = _data(done, "infisical/infisical-secrets")
    values = done.objects()["Application argocd/infisical"]["spec"]["source"]["helm"]["valuesObject"]
    return {
        "infisicalEncryptionKey": keys["ENCRYPTION_KEY"],
        "infisicalAuthSecret": keys["AUTH_SECRET"],
        "infisicalPostgresPassword": values["postgresql"]["auth"]["password"].value,
        "infisicalRedisPassword": values["redis"]["auth"]["password"].value,
    }


def test_each_key_is_hexadecimal_of_the_documented_length(first: Run) -> None:
    lengths = {found.name: found.inputs["length"] for found in _own(first)}

    assert lengths == {
        "infisical-encryption-key": 32,
        "infisical-auth-secret": 64,
        "infisical-postgres-password": 24,
        "infisical-redis-password": 24,
    }
    for found in _own(first):
        assert found.inputs == {
            "length": lengths[found.name],
            "lower": False,
            "upper": False,
            "numeric": True,
            "special": True,
            "overrideSpecial": "abcdef",
            "keepers": {"kind": "base64" if found.name == "infisical-auth-secret" else "hex"},
        }
        assert "result" in found.secret_outputs


def test_by_hand_nothing_else_is_generated() -> None:
    done = run(manual())

    assert _own(done) == done.of_type("RandomPassword")


def test_no_key_has_its_value_as_its_id(first: Run) -> None:
    made_at_random = {found.type for found in first.registrations.values() if found.type.startswith("random:")}

    assert made_at_random == {"random:index/randomPassword:RandomPassword"}


def test_what_would_lose_data_is_protected_and_nothing_else(first: Run, mode: str) -> None:
    protected = {(found.type.split(":")[-1], found.name) for found in first.registrations.values() if found.protect}

    assert protected == {
        *(("RandomPassword", name) for name in GENERATED),
        ("Stash", "infisical-encryption-key"),
        ("Stash", "infisical-postgres-password"),
        ("Namespace", "infisical"),
        ("Secret", "infisical-secrets"),
        *PROTECTED[mode],
    }


def test_the_encryption_key_is_stashed_as_a_secret(first: Run) -> None:
    stash = first.the("Stash", "infisical-encryption-key")

    assert stash.inputs["input"] == Secret(GENERATED["infisical-encryption-key"])


def test_a_generated_key_is_in_the_state_before_it_is_in_the_cluster(first: Run) -> None:
    keys = first.the("Secret", "infisical-secrets").dependencies
    passwords = first.the("Secret", "infisical-helm-secrets").dependencies

    assert first.the("Stash", "infisical-encryption-key").urn in keys
    assert first.the("RandomPassword", "infisical-auth-secret").urn in keys
    assert first.the("Stash", "infisical-postgres-password").urn in passwords
    assert first.the("RandomPassword", "infisical-redis-password").urn in passwords


def test_values_of_an_earlier_installation_take_precedence() -> None:
    done = run({**stack_file(), **EARLIER})

    assert _in_use(done) == EARLIER
    helm_values = _data(done, "argocd/infisical-helm-secrets")["values.yaml"]
    assert f'password: "{EARLIER["infisicalPostgresPassword"]}"' in helm_values
    assert f'password: "{EARLIER["infisicalRedisPassword"]}"' in helm_values


@pytest.mark.parametrize("key", EARLIER)
def test_one_earlier_value_leaves_the_others_generated(first: Run, config: dict[str, Any], key: str) -> None:
    done = run({**config, key: EARLIER[key]})

    assert _in_use(done) == {**_in_use(first), key: EARLIER[key]}


def test_adding_or_removing_config_values_keeps_every_key_registered(first: Run, config: dict[str, Any]) -> None:
    """A key that is no longer registered would be deleted from the state."""
    taken_over = run({**config, **EARLIER})

    for found in first.of_type("RandomPassword"):
        assert taken_over.registrations[found.urn] == found
    assert {found.urn for found in taken_over.of_type("Stash")} == {found.urn for found in first.of_type("Stash")}


def test_the_encryption_key_stays_the_same_when_its_config_value_is_lost() -> None:
    stashed = {"infisical-encryption-key": EARLIER["infisicalEncryptionKey"]}

    done = run(stack_file(), stashed=stashed)

    assert _data(done, "infisical/infisical-secrets")["ENCRYPTION_KEY"] == EARLIER["infisicalEncryptionKey"]


def test_the_encryption_key_stays_the_same_when_a_new_one_is_generated() -> None:
    done = run(stack_file(), stashed={"infisical-encryption-key": "f" * 32})

    assert _data(done, "infisical/infisical-secrets")["ENCRYPTION_KEY"] == "f" * 32


def test_the_same_encryption_key_may_stay_in_the_config() -> None:
    stashed = {"infisical-encryption-key": EARLIER["infisicalEncryptionKey"]}

    done = run({**stack_file(), **EARLIER}, stashed=stashed)

    assert _data(done, "infisical/infisical-secrets")["ENCRYPTION_KEY"] == EARLIER["infisicalEncryptionKey"]


@pytest.mark.parametrize("preview", [True, False])
def test_a_different_encryption_key_is_refused_with_the_fix(config: dict[str, Any], preview: bool) -> None:
    kept = "f" * 32

    with pytest.raises(pulumi.RunError) as caught:
        run({**config, **EARLIER}, stashed={"infisical-encryption-key": kept}, preview=preview)

    message = str(caught.value)
    assert "homelab:infisicalEncryptionKey differs" in message
    assert "pulumi config rm homelab:infisicalEncryptionKey" in message
    assert kept not in message
    assert EARLIER["infisicalEncryptionKey"] not in message
