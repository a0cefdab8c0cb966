"""Each key of a recovered Secret is equal to the backup's value, or the drill says what it is instead."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from drill.comparison import Compared, compare
from infisical.api.folders import Location
from infisical.contents.expected import ExpectedSecret, Source
from infisical.whole_folder import WholeFolder

ROOT = Location("", "prod", "/")
GRAFANA = ExpectedSecret("monitoring", "grafana", "grafana-secret", {"password": Source(ROOT, "PASSWORD")})
VALUES = {("/", "PASSWORD"): "canary-password"}


def found(
    secret: ExpectedSecret, values: Mapping[tuple[str, str], str], held: Mapping[str, str] | None
) -> dict[str, tuple[str, str]]:
    """By key of the Secret, the result and its reason."""
    content = {key: value.encode() for key, value in (held or {}).items()}
    compared = compare([secret], values, {} if held is None else {("monitoring", "grafana-secret"): content})
    assert {each.secret for each in compared} <= {"monitoring/grafana-secret"}
    return {each.key: (each.result, each.why) for each in compared}


def test_an_equal_value_is_right() -> None:
    assert found(GRAFANA, VALUES, {"password": "canary-password"}) == {"password": ("equal", "")}


def test_a_changed_value_is_named_and_not_shown() -> None:
    result = found(GRAFANA, VALUES, {"password": "canary-other"})

    assert result == {"password": ("different", "the recovered value is not the one in the backup")}


@pytest.mark.parametrize("held", [None, {}, {"password": ""}])
def test_a_value_that_did_not_come_back_is_missing(held: dict[str, str] | None) -> None:
    assert found(GRAFANA, VALUES, held) == {"password": ("missing", "not recovered")}


@pytest.mark.parametrize("held", [None, {"password": "canary-generated-again"}])
def test_a_value_that_the_backup_lacks_is_missing_even_if_the_state_seeded_one(held: dict[str, str] | None) -> None:
    assert found(GRAFANA, {}, held) == {"password": ("missing", "the backup has no value of it")}


def test_a_key_that_nothing_declares_is_extra() -> None:
    result = found(GRAFANA, VALUES, {"password": "canary-password", "other": "canary-other"})

    assert result["other"] == ("extra", "the backup has no such key")


def test_a_composed_value_is_compared() -> None:
    secret = ExpectedSecret(
        "monitoring",
        "grafana",
        "grafana-secret",
        {"password": Source(ROOT, "PASSWORD")},
        templates={"url": "https://admin:{{ .password }}@grafana"},
        hidden=frozenset({"password"}),
    )

    assert found(secret, VALUES, {"url": "https://admin:canary-password@grafana"}) == {"url": ("equal", "")}
    assert found(secret, VALUES, {"url": "https://admin:canary-other@grafana"})["url"][0] == "different"


def test_the_keys_of_a_whole_folder_are_compared() -> None:
    location = Location("", "prod", "/grafana")
    secret = ExpectedSecret(
        "monitoring", "grafana", "grafana-secret", {}, whole_folders={location: WholeFolder("/grafana")}
    )

    result = found(secret, {("/grafana", "A"): "canary-a", ("/grafana", "B"): "canary-b"}, {"A": "canary-a"})

    assert result == {"A": ("equal", ""), "B": ("missing", "not recovered")}


def test_a_reference_and_a_value_of_another_store_need_only_be_there() -> None:
    secret = ExpectedSecret(
        "monitoring",
        "grafana",
        "grafana-secret",
        {"password": Source(ROOT, "PASSWORD")},
        uncompared=frozenset({"token"}),
        other_store="SecretStore vault",
    )
    values = {("/", "PASSWORD"): "${OTHER}"}

    result = found(secret, values, {"password": "canary-other", "token": "canary-token"})

    assert result == {
        "password": ("not compared", "composed of other values"),
        "token": ("not compared", "from SecretStore vault, which the drill replaces"),
    }
    assert found(secret, values, {"password": "canary-other"})["token"] == ("missing", "not recovered")


@pytest.mark.parametrize(
    ("result", "right"),
    [("equal", True), ("not compared", True), ("different", False), ("missing", False), ("extra", False)],
)
def test_only_an_equal_key_and_one_that_cannot_be_compared_are_right(result: str, right: bool) -> None:
    assert Compared("monitoring/grafana-secret", "password", result).is_right == right
