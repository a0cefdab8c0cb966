"""`homelab:rotations`: a date for each value to rotate, and a reason for each that cannot be rotated."""

from __future__ import annotations

from typing import Any

import pytest

from declaration import App, Problem, Rotations, parse_apps, parse_infisical
from declaration.values.rotations import EVERY_DAYS, OWN, Rotatable, parse_rotations
from tests.declaration.sites import keys_of

INFISICAL = {"url": "https://infisical.example.net", "adminEmail": "me@example.net"}
EXTERNAL = {"kind": "external", "secretName": "database", "secretKey": "URI"}
APPS = {
    "web": {
        "namespace": "web",
        "keys": {
            "GENERATED": {"source": "generate", "kind": "hex", "size": 12},
            "DOTTED.KEY": {"source": "generate", "kind": "hex", "size": 12},
            "FOR_EVER": {"source": "generate", "kind": "hex", "size": 12, "immutable": True},
            "GIVEN": {"source": "config"},
            "NOT_GIVEN": {"source": "config"},
            "BY_HAND": {"source": "manual"},
        },
    }
}


def _apps() -> tuple[App, ...]:
    problems: list[Problem] = []
    apps = parse_apps("homelab:apps", APPS, problems)
    assert problems == []
    return apps


def _read(
    declared: object, every_days: object = None, *, given: tuple[str, ...] = ("GIVEN",), **infisical: Any
) -> tuple[Rotations, list[Problem]]:
    problems: list[Problem] = []
    given_keys: set[str | tuple[str, str]] = {*given, *(("/", name) for name in given)}
    known = Rotatable(
        keys_of(_apps()), parse_infisical("homelab:infisical", {**INFISICAL, **infisical}, problems), given_keys
    )
    rotations = parse_rotations(declared, every_days, known, problems)
    return rotations, problems


def _refused(declared: object, **more: Any) -> Problem:
    (problem,) = _read(declared, **more)[1]
    return problem


@pytest.mark.parametrize("name", ["GENERATED", "DOTTED.KEY", "GIVEN", *OWN])
@pytest.mark.parametrize(
    ("declared", "trigger"),
    [
        ("2026-11", "2026-11"),
        ("2026-11-22", "2026-11-22"),
        # As Pulumi passes a date without quotes.
        ("2026-11-22 00:00:00 +0000 UTC", "2026-11-22"),
    ],
)
def test_a_date_is_a_trigger_for_every_value_that_can_be_rotated(name: str, declared: str, trigger: str) -> None:
    rotations, problems = _read({name: declared})

    assert problems == []
    assert rotations.trigger(name if name in OWN else ("/", name)) == trigger


def test_a_value_without_a_trigger_was_never_rotated() -> None:
    rotations, problems = _read(None)

    assert problems == []
    assert rotations.trigger(("/", "GENERATED")) == ""
    assert rotations.every_days == EVERY_DAYS


@pytest.mark.parametrize(
    "trigger", ["2026", "2026-13", "2026-02-30", "11-2026", "2026-1", "soon", "", 2026, None, True, ["2026-11"]]
)
def test_a_trigger_must_be_a_date(trigger: object) -> None:
    problem = _refused({"GENERATED": trigger})

    assert problem.path == "homelab:rotations.GENERATED"
    assert problem.expected == "a date, YYYY-MM or YYYY-MM-DD"
    assert problem.fix == "run `pulumi config set --path 'homelab:rotations.GENERATED' $(date +%F)`"


def test_a_value_in_place_of_a_date_is_not_shown() -> None:
    assert "canary" not in str(_refused({"GENERATED": "canary-value"}))
    assert _refused({"GENERATED": "22.11.2026"}).found == "'22.11.2026'"


REFUSED = {
    "NOWHERE": "cannot be rotated",
    "infisicalEncryptionKey": "ENCRYPTION_KEY",
    "FOR_EVER": "`immutable`",
    "BY_HAND": "`source: manual`",
    "NOT_GIVEN": "without a value in the stack config",
    "argocdOidcClientSecret": "the OIDC provider issues",
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_name_that_cannot_be_rotated_is_refused_with_the_reason(name: str) -> None:
    problem = _refused({name: "2026-11"})

    assert problem.path == f"homelab:rotations.{name}"
    assert REFUSED[name] in problem.found
    assert f"pulumi config rm --path 'homelab:rotations.{name}'" in problem.fix


@pytest.mark.parametrize("name", sorted(set(REFUSED) - {"NOT_GIVEN"}))
def test_a_refusal_lists_what_can_be_rotated(name: str) -> None:
    names = ["DOTTED.KEY", "GENERATED", "GIVEN", "NOT_GIVEN", *OWN]

    assert _refused({name: "2026-11"}).expected == f"one of {', '.join(names)}"


@pytest.mark.parametrize(
    ("name", "page"),
    [("infisicalEncryptionKey", "docs/how-to/rotate-encryption-key.md"), ("FOR_EVER", "docs/how-to/rotate-a-value.md")],
)
def test_a_trigger_that_is_refused_for_good_names_the_page_to_read(name: str, page: str) -> None:
    assert page in _refused({name: "2026-11"}).fix


def test_a_misspelled_name_is_answered_with_the_right_one() -> None:
    assert _refused({"GENERATE": "2026-11"}).fix.startswith("rename it to GENERATED, or run ")


def test_the_passwords_of_an_external_database_cannot_be_rotated() -> None:
    for name in ("infisicalPostgresPassword", "infisicalRedisPassword"):
        assert "cannot be rotated" in _refused({name: "2026-11"}, database=EXTERNAL).found
    assert _read({"infisicalAuthSecret": "2026-11"}, database=EXTERNAL)[1] == []


def test_a_key_of_an_earlier_installation_must_be_removed_before_a_rotation() -> None:
    problem = _refused({"infisicalAuthSecret": "2026-11"}, given=("infisicalAuthSecret",))

    assert problem.fix == "run `pulumi config rm homelab:infisicalAuthSecret`; the program then generates a new value"


@pytest.mark.parametrize("declared", ["2026-11", ["GENERATED"], 7, True])
def test_rotations_that_are_not_a_mapping_are_refused(declared: object) -> None:
    assert _refused(declared).path == "homelab:rotations"


@pytest.mark.parametrize("days", [1, 90, 3650])
def test_the_interval_is_a_number_of_days(days: int) -> None:
    rotations, problems = _read(None, days)

    assert problems == []
    assert rotations.every_days == days


@pytest.mark.parametrize("days", [0, 3651, 1.5, "90", True, [90]])
def test_an_invalid_interval_is_refused(days: object) -> None:
    assert _refused(None, every_days=days).path == "homelab:rotateEveryDays"


@pytest.mark.parametrize("field", ["changeCommand", "rotateEveryDays"])
@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ({"source": "manual"}, "source is manual"),
        ({"source": "config", "immutable": True}, "immutable is true"),
    ],
)
def test_a_key_that_is_never_rotated_has_no_fields_for_it(field: str, key: dict[str, Any], reason: str) -> None:
    problems: list[Problem] = []
    value = {"changeCommand": "true", "rotateEveryDays": 90}[field]
    parse_apps("homelab:apps", {"web": {"namespace": "web", "keys": {"KEY": {**key, field: value}}}}, problems)

    assert [(problem.path, problem.found) for problem in problems] == [
        (f"homelab:apps.web.keys.KEY.{field}", f"a value, although {reason}")
    ]


@pytest.mark.parametrize("workload", ["grafana", "pod/grafana", "deployment/", "Deployment/grafana", "deployment/a/b"])
def test_only_a_workload_can_be_restarted(workload: str) -> None:
    problems: list[Problem] = []
    parse_apps("homelab:apps", {"web": {**APPS["web"], "restarts": [workload]}}, problems)

    assert [problem.path for problem in problems] == ["homelab:apps.web.restarts[0]"]
    assert problems[0].expected == "deployment/NAME, statefulset/NAME or daemonset/NAME"
