"""`homelab:rotations`: a date for each value that is to become another one, and a reason for each that may not."""

from __future__ import annotations

from typing import Any

import pytest

from declaration.inventory import App, parse_apps
from declaration.rotations import EVERY_DAYS, OWN, Rotatable, Rotations, parse_rotations
from declaration.section import Problem
from declaration.site import parse_infisical

INFISICAL = {"url": "https://infisical.example.net", "adminEmail": "me@example.net"}
EXTERNAL = {"database": {"kind": "external", "secretName": "database", "secretKey": "URI"}}
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
    known = Rotatable(_apps(), parse_infisical("homelab:infisical", {**INFISICAL, **infisical}, problems), given)
    rotations = parse_rotations(declared, every_days, known, problems)
    return rotations, problems


def _refused(declared: object, **more: Any) -> Problem:
    (problem,) = _read(declared, **more)[1]
    return problem


@pytest.mark.parametrize("name", ["GENERATED", "DOTTED.KEY", "GIVEN", *OWN])
@pytest.mark.parametrize(
    ("marker", "since"),
    [
        ("2026-11", "2026-11-01"),
        ("2026-11-22", "2026-11-22"),
        # As Pulumi passes a date that stands in the file without quotes.
        ("2026-11-22 00:00:00 +0000 UTC", "2026-11-22"),
    ],
)
def test_a_date_rotates_whatever_can_be_rotated(name: str, marker: str, since: str) -> None:
    rotations, problems = _read({name: marker})

    assert problems == []
    assert rotations.trigger(name)
    assert rotations.since(name) == since


def test_what_has_no_marker_was_never_rotated() -> None:
    rotations, problems = _read(None)

    assert problems == []
    assert (rotations.trigger("GENERATED"), rotations.since("GENERATED")) == ("", None)
    assert rotations.every_days == EVERY_DAYS


@pytest.mark.parametrize(
    "marker", ["2026", "2026-13", "2026-02-30", "11-2026", "2026-1", "soon", "", 2026, None, True, ["2026-11"]]
)
def test_what_is_no_date_is_refused(marker: object) -> None:
    problem = _refused({"GENERATED": marker})

    assert problem.path == "homelab:rotations.GENERATED"
    assert problem.allowed == "a date, YYYY-MM or YYYY-MM-DD"
    assert problem.mend == "run `pulumi config set --path 'homelab:rotations.GENERATED' $(date +%F)`"


def test_a_value_in_the_place_of_a_date_is_not_shown() -> None:
    assert "canary" not in str(_refused({"GENERATED": "canary-value"}))
    assert _refused({"GENERATED": "22.11.2026"}).seen == "'22.11.2026'"


REFUSED = {
    "NOWHERE": "cannot be rotated here",
    "infisicalEncryptionKey": "ENCRYPTION_KEY",
    "FOR_EVER": "`immutable`",
    "BY_HAND": "set by hand",
    "NOT_GIVEN": "no value in the stack config",
    "argocdOidcClientSecret": "the OIDC provider makes",
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_rotated_is_refused_with_the_reason(name: str) -> None:
    problem = _refused({name: "2026-11"})

    assert problem.path == f"homelab:rotations.{name}"
    assert REFUSED[name] in problem.seen
    assert f"pulumi config rm --path 'homelab:rotations.{name}'" in problem.mend


@pytest.mark.parametrize("name", sorted(set(REFUSED) - {"NOT_GIVEN"}))
def test_a_refusal_lists_what_can_be_rotated(name: str) -> None:
    names = ["DOTTED.KEY", "GENERATED", "GIVEN", "NOT_GIVEN", *OWN]

    assert _refused({name: "2026-11"}).allowed == f"one of {', '.join(names)}"


@pytest.mark.parametrize(
    ("name", "page"),
    [("infisicalEncryptionKey", "docs/how-to/rotate-encryption-key.md"), ("FOR_EVER", "docs/how-to/rotate-a-value.md")],
)
def test_what_must_immutable_names_the_page_to_read(name: str, page: str) -> None:
    assert page in _refused({name: "2026-11"}).mend


def test_a_misspelt_name_is_answered_with_the_right_one() -> None:
    assert _refused({"GENERATE": "2026-11"}).mend.startswith("did you mean GENERATED?")


def test_the_passwords_of_an_external_database_are_not_this_programs() -> None:
    for name in ("infisicalPostgresPassword", "infisicalRedisPassword"):
        assert "cannot be rotated here" in _refused({name: "2026-11"}, **EXTERNAL).seen
    assert _read({"infisicalAuthSecret": "2026-11"}, **EXTERNAL)[1] == []


def test_a_key_of_an_earlier_installation_has_to_go_before_a_new_one_is_made() -> None:
    problem = _refused({"infisicalAuthSecret": "2026-11"}, given=("infisicalAuthSecret",))

    assert problem.mend == "run `pulumi config rm homelab:infisicalAuthSecret`, and a new one is made"


@pytest.mark.parametrize("declared", ["2026-11", ["GENERATED"], 7, True])
def test_rotations_that_are_no_mapping_are_refused(declared: object) -> None:
    assert _refused(declared).path == "homelab:rotations"


@pytest.mark.parametrize("days", [1, 90, 3650])
def test_the_interval_is_a_number_of_days(days: int) -> None:
    rotations, problems = _read(None, days)

    assert problems == []
    assert rotations.every_days == days


@pytest.mark.parametrize("days", [0, 3651, 1.5, "90", True, [90]])
def test_another_interval_is_refused(days: object) -> None:
    assert _refused(None, every_days=days).path == "homelab:rotateEveryDays"


@pytest.mark.parametrize("field", ["changeCommand", "rotateEveryDays"])
@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ({"source": "manual"}, "its value is set by hand"),
        ({"source": "config", "immutable": True}, "immutable is true"),
    ],
)
def test_what_is_never_rotated_has_no_fields_for_it(field: str, key: dict[str, Any], reason: str) -> None:
    problems: list[Problem] = []
    value = {"changeCommand": "true", "rotateEveryDays": 90}[field]
    parse_apps("homelab:apps", {"web": {"namespace": "web", "keys": {"KEY": {**key, field: value}}}}, problems)

    assert [(problem.path, problem.seen) for problem in problems] == [
        (f"homelab:apps.web.keys.KEY.{field}", f"a value, while {reason}")
    ]


@pytest.mark.parametrize("workload", ["grafana", "pod/grafana", "deployment/", "Deployment/grafana", "deployment/a/b"])
def test_what_is_no_workload_cannot_be_restarted(workload: str) -> None:
    problems: list[Problem] = []
    parse_apps("homelab:apps", {"web": {**APPS["web"], "restarts": [workload]}}, problems)

    assert [problem.path for problem in problems] == ["homelab:apps.web.restarts[0]"]
    assert problems[0].allowed == "deployment/NAME, statefulset/NAME or daemonset/NAME"
