"""`homelab:infisical.database`: the bundled database, or an external one, and its commands."""

from __future__ import annotations

import pytest

from declaration import DatabaseCommands, ExternalDatabase, Problem, parse_infisical
from tests.declaration.sites import EXTERNAL, GONE, INFISICAL, problems_of_infisical, with_field


def test_an_external_database_is_named_by_its_secret() -> None:
    problems: list[Problem] = []

    infisical = parse_infisical("homelab:infisical", {**INFISICAL, "database": EXTERNAL}, problems)

    assert problems == []
    assert infisical.database == ExternalDatabase("infisical-database", "DB_CONNECTION_URI")


COMMANDS = {"setAside": "./database.sh set-aside", "restore": "./database.sh restore"}


@pytest.mark.parametrize("database", [{"kind": "bundled"}, EXTERNAL], ids=["bundled", "external"])
def test_a_database_may_come_with_the_commands_that_set_it_aside(database: dict[str, str]) -> None:
    problems: list[Problem] = []

    with_commands = parse_infisical("homelab:infisical", {**INFISICAL, "database": {**database, **COMMANDS}}, problems)
    without = parse_infisical("homelab:infisical", {**INFISICAL, "database": database}, problems)

    assert problems == []
    assert with_commands.database_commands == DatabaseCommands(COMMANDS["setAside"], COMMANDS["restore"])
    assert without.database_commands is None


@pytest.mark.parametrize("field", ["setAside", "restore"])
@pytest.mark.parametrize("value", [GONE, "", ["./a"]], ids=["none", "empty", "a list"])
def test_set_aside_and_restore_need_each_other(field: str, value: object) -> None:
    declared = with_field({**INFISICAL, "database": {**EXTERNAL, **COMMANDS}}, f"database.{field}", value)

    (problem,) = problems_of_infisical(declared)

    assert problem.path == f"homelab:infisical.database.{field}"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        # Which fields the kind allows is unknown then: only the kind is reported.
        ("kind", GONE),
        ("kind", "extern"),
        ("secretName", GONE),
        ("secretName", "Infisical"),
        ("secretKey", GONE),
        ("secretKey", "a b"),
        ("password", "canary-of-a-secret"),
    ],
)
def test_a_wrong_field_of_an_external_database_is_reported_at_its_path(field: str, value: object) -> None:
    declared = with_field({**INFISICAL, "database": EXTERNAL}, f"database.{field}", value)

    (problem,) = problems_of_infisical(declared)

    assert problem.path == f"homelab:infisical.database.{field}"
    assert "canary" not in str(problem)


@pytest.mark.parametrize(
    ("sentinel", "field"),
    [
        ("redis:26379", ""),
        ({}, ".hosts"),
        ({"hosts": []}, ".hosts"),
        ({"hosts": ["redis"]}, ".hosts[0]"),
        ({"hosts": ["redis:26379", "redis:65536"]}, ".hosts[1]"),
        ({"hosts": ["redis:26379"], "master": "my master"}, ".master"),
        ({"hosts": ["redis:26379"], "auth": "yes"}, ".auth"),
        ({"hosts": ["redis:26379"], "password": "canary-of-a-secret"}, ".password"),
    ],
)
def test_a_wrong_field_of_the_sentinels_is_reported_at_its_path(sentinel: object, field: str) -> None:
    (problem,) = problems_of_infisical({**INFISICAL, "database": {**EXTERNAL, "redisSentinel": sentinel}})

    assert problem.path == f"homelab:infisical.database.redisSentinel{field}"
    assert "canary" not in str(problem)


def test_sentinels_belong_to_an_external_redis() -> None:
    database = {"kind": "bundled", "redisSentinel": {"hosts": ["redis:26379"]}}

    (problem,) = problems_of_infisical({**INFISICAL, "database": database})

    assert problem.path == "homelab:infisical.database.redisSentinel"
