"""PostgreSQL and Redis as Applications of their own: no password is in any Application."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

from tests.components.answers import Secret
from tests.components.program import GENERATED, INSTALLED, Run, run
from tests.declaration.stack_config import stack_file

POSTGRES, REDIS = GENERATED["infisical-postgres-password"], GENERATED["infisical-redis-password"]
APPLICATIONS = ("infisical", "infisical-postgresql", "infisical-redis")


def _config(**database: str) -> dict[str, Any]:
    config = stack_file()
    return {**config, "infisical": {**config["infisical"], "database": {"kind": "separate", **database}}}


@pytest.fixture(scope="module")
def separate() -> Run:
    return run(_config())


@pytest.fixture(scope="module")
def moving() -> Run:
    return run(_config(**{"from": "bundled"}))


def _values(done: Run, name: str) -> dict[str, Any]:
    values: dict[str, Any] = done.objects()[f"Application argocd/{name}"]["spec"]["source"]["helm"]["valuesObject"]
    return values


def test_three_applications_hold_no_secret(separate: Run) -> None:
    for name in APPLICATIONS:
        application = separate.objects()[f"Application argocd/{name}"]
        assert "Secret(" not in repr(application)
        for password in (POSTGRES, REDIS):
            assert password not in repr(application)


def test_the_charts_read_their_passwords_from_one_secret(separate: Run) -> None:
    data = separate.objects()["Secret infisical/infisical-database"]["stringData"].value

    postgresql, redis = (_values(separate, name)["auth"] for name in APPLICATIONS[1:])
    assert data[postgresql["secretKeys"]["userPasswordKey"]] == POSTGRES
    assert data[redis["existingSecretPasswordKey"]] == REDIS
    assert postgresql["existingSecret"] == redis["existingSecret"] == "infisical-database"


def test_infisical_reads_both_addresses_from_secrets(separate: Run) -> None:
    objects, values = separate.objects(), _values(separate, "infisical")

    source = values["postgresql"]["useExistingPostgresSecret"]["existingConnectionStringSecret"]
    assert (values["postgresql"]["enabled"], values["redis"]) == (False, {"enabled": False})
    assert objects[f"Secret infisical/{source['name']}"]["stringData"].value[source["key"]] == (
        f"postgres://infisical:{POSTGRES}@infisical-postgresql:5432/infisicalDB"
    )
    own = objects["Secret infisical/infisical-secrets"]["stringData"].value
    assert own["REDIS_URL"] == f"redis://:{REDIS}@infisical-redis-master:6379"


def test_the_chart_of_infisical_gets_no_passwords(separate: Run) -> None:
    assert "Secret argocd/infisical-helm-secrets" not in separate.objects()


def test_infisical_starts_after_its_database(separate: Run) -> None:
    application = separate.the("Application", "infisical")

    for name in APPLICATIONS[1:]:
        assert separate.the("Application", name).urn in application.dependencies


def test_during_a_move_infisical_uses_the_bundled_database(moving: Run) -> None:
    bundled = run(stack_file())

    assert _values(moving, "infisical") == _values(bundled, "infisical")
    added = moving.objects().keys() - bundled.objects().keys()
    assert added == {
        "Application argocd/infisical-postgresql",
        "Application argocd/infisical-redis",
        "Secret infisical/infisical-database",
    }
    assert bundled.objects().keys() <= moving.objects().keys()


def test_the_project_of_argo_cd_allows_the_charts_of_the_databases(separate: Run) -> None:
    spec = separate.objects()["AppProject argocd/secrets"]["spec"]

    sources = {separate.objects()[f"Application argocd/{name}"]["spec"]["source"]["repoURL"] for name in APPLICATIONS}
    assert set(spec["sourceRepos"]) == sources


def test_a_project_that_refuses_these_charts_stops_the_preview() -> None:
    spec = run(stack_file()).objects()["AppProject argocd/secrets"]["spec"]

    with pytest.raises(pulumi.RunError, match=r"charts\.bitnami\.com"):
        run({**_config(), "argocd": {"project": "secrets"}}, project=spec)


def test_a_rotation_changes_the_password_in_the_separate_database_first() -> None:
    done = run({**_config(), "rotations": {"infisicalPostgresPassword": "2026-11"}}, stashed=INSTALLED)

    (command,) = done.of_type("Command")
    assert "infisical-postgresql-0" in str(command.inputs["environment"])
    assert "statefulset/postgresql " not in str(command.inputs["environment"])


def test_redis_restarts_before_infisical(separate: Run) -> None:
    redis, infisical = (separate.the("infisical:Restart", name) for name in ("redis", "infisical"))

    assert redis.inputs["workloads"] == ["statefulset/infisical-redis-master"]
    assert set(redis.inputs["triggers"]) == {"infisicalRedisPassword"}
    assert redis.urn in infisical.dependencies


@pytest.mark.parametrize(("database", "kind"), [({}, "separate"), ({"from": "bundled"}, "moving")])
def test_the_application_depends_on_the_check_of_the_database_in_use(database: dict[str, str], kind: str) -> None:
    done = run(_config(**database))

    check = done.the("infisical:DatabaseInUse", "database")
    assert check.inputs == {"kind": kind}
    assert check.urn in done.the("Application", "infisical").dependencies


@pytest.mark.parametrize("name", ["infisicalPostgresPassword", "infisicalRedisPassword"])
def test_no_password_is_rotated_during_a_move(name: str) -> None:
    with pytest.raises(pulumi.RunError, match=f"homelab:rotations.{name}"):
        run({**_config(**{"from": "bundled"}), "rotations": {name: "2026-11"}})


def test_every_secret_value_is_marked_as_secret(separate: Run) -> None:
    assert isinstance(separate.objects()["Secret infisical/infisical-database"]["stringData"], Secret)


def test_a_separate_database_needs_argo_cd() -> None:
    config = _config()
    del config["argocd"]
    config["infisical"]["install"] = "helm"

    with pytest.raises(pulumi.RunError, match="separate, although install is helm"):
        run(config)
