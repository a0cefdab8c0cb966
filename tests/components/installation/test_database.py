"""The database is bundled or external. With an external one, the Application contains no password."""

from __future__ import annotations

from typing import Any

import pytest

from tests.components.answers import Secret
from tests.components.program import Run, run
from tests.declaration.stack_config import EARLIER, IDENTITY, MODES, REDIS_URL, stack_file

DATABASE = {"kind": "external", "secretName": "my-database", "secretKey": "uri"}


def _config(**infisical: Any) -> dict[str, Any]:
    config = stack_file()
    return {**config, "infisical": {**config["infisical"], **infisical}}


@pytest.fixture(scope="module", params=MODES)
def external(request: pytest.FixtureRequest) -> Run:
    config = MODES[request.param]()
    identity = IDENTITY if request.param == "manual" else {}
    return run(
        {**config, "infisical": {**config["infisical"], "database": DATABASE}, **REDIS_URL, **identity, **EARLIER}
    )


def _values(done: Run) -> dict[str, Any]:
    values: dict[str, Any] = done.objects()["Application argocd/infisical"]["spec"]["source"]["helm"]["valuesObject"]
    return values


def _secrets(value: object) -> list[Secret]:
    match value:
        case Secret():
            return [value]
        case dict():
            return [found for item in value.values() for found in _secrets(item)]
        case list():
            return [found for item in value for found in _secrets(item)]
        case _:
            return []


def test_an_external_database_is_read_from_its_secret(external: Run) -> None:
    values = _values(external)

    assert values["postgresql"] == {
        "enabled": False,
        "useExistingPostgresSecret": {
            "enabled": True,
            "existingConnectionStringSecret": {"name": "my-database", "key": "uri"},
        },
    }
    assert values["redis"] == {"enabled": False}


def test_with_an_external_database_the_application_holds_no_secret(external: Run) -> None:
    application = external.objects()["Application argocd/infisical"]

    assert _secrets(application) == []
    assert "password" not in str(application)
    for value in (*EARLIER.values(), *REDIS_URL.values(), *IDENTITY.values()):
        assert value not in str(application)


def test_with_an_external_database_the_chart_gets_no_password(external: Run) -> None:
    assert "Secret argocd/infisical-helm-secrets" not in external.objects()


def test_infisical_gets_the_redis_address_in_its_secret(external: Run) -> None:
    data = external.objects()["Secret infisical/infisical-secrets"]["stringData"]

    assert data == Secret(
        {
            "ENCRYPTION_KEY": EARLIER["infisicalEncryptionKey"],
            "AUTH_SECRET": EARLIER["infisicalAuthSecret"],
            "REDIS_URL": REDIS_URL["infisicalRedisUrl"],
        }
    )


def test_the_generated_passwords_stay_in_the_state_with_every_database() -> None:
    bundled = run(_config())
    external = run({**_config(database=DATABASE), **REDIS_URL})

    for found in bundled.of_type("RandomPassword"):
        assert external.registrations[found.urn] == found


def test_a_database_that_is_not_declared_is_the_bundled_one() -> None:
    infisical = stack_file()["infisical"]
    del infisical["database"]

    assert _values(run({**stack_file(), "infisical": infisical})) == _values(run(stack_file()))


def test_chart_version_port_replicas_and_resources_come_from_the_declaration() -> None:
    done = run(_config(chartVersion="1.8.0", nodePort=31000, replicas=2, resources={"limits": {"cpu": "2"}}))

    assert done.objects()["Application argocd/infisical"]["spec"]["source"]["targetRevision"] == "1.8.0"
    assert _values(done)["infisical"] == {
        "replicaCount": 2,
        "kubeSecretRef": "infisical-secrets",
        "service": {"type": "NodePort", "nodePort": "31000"},
        "resources": {"limits": {"cpu": "2"}},
    }


def test_a_new_redis_address_restarts_infisical() -> None:
    def triggers(url: str) -> dict[str, str]:
        config = {**_config(database=DATABASE), **REDIS_URL, "infisicalRedisUrl": url}
        found: dict[str, str] = run(config).the("infisical:Restart", "infisical").inputs["triggers"]
        return found

    one, other = triggers("redis://:one@redis.example.net"), triggers("redis://:other@redis.example.net")

    assert {name for name in one if one[name] != other[name]} == {"infisicalRedisUrl"}
    assert "one" not in one["infisicalRedisUrl"]


def test_with_the_bundled_redis_there_is_no_trigger_for_an_address() -> None:
    assert "infisicalRedisUrl" not in run(stack_file()).the("infisical:Restart", "infisical").inputs["triggers"]


SENTINEL = {"hosts": ["redis-0.redis:26379", "redis-1.redis:26379"]}


def _redis(url: str, **sentinel: Any) -> dict[str, str]:
    """The variables for Redis in Infisical's Secret."""
    database = {**DATABASE, "redisSentinel": {**SENTINEL, **sentinel}}
    data = run({**_config(database=database), "infisicalRedisUrl": url}).objects()["Secret infisical/infisical-secrets"]
    return {name: value for name, value in data["stringData"].value.items() if name.startswith("REDIS")}


def test_with_sentinels_infisical_gets_no_address_but_the_sentinels_and_the_login() -> None:
    assert _redis("redis://me:p%40ss@unused:6379") == {
        "REDIS_SENTINEL_HOSTS": "redis-0.redis:26379,redis-1.redis:26379",
        "REDIS_SENTINEL_MASTER_NAME": "mymaster",
        "REDIS_SENTINEL_ENABLE_TLS": "false",
        "REDIS_USERNAME": "me",
        "REDIS_PASSWORD": "p@ss",
        "REDIS_SENTINEL_USERNAME": "",
        "REDIS_SENTINEL_PASSWORD": "",
    }


def test_sentinels_may_ask_for_the_same_password_and_use_tls() -> None:
    found = _redis("rediss://:secret@unused", auth=True, master="home")

    assert (found["REDIS_SENTINEL_MASTER_NAME"], found["REDIS_SENTINEL_ENABLE_TLS"]) == ("home", "true")
    assert (found["REDIS_SENTINEL_PASSWORD"], found["REDIS_PASSWORD"]) == ("secret", "secret")


def test_new_sentinels_restart_infisical() -> None:
    def trigger(hosts: list[str]) -> Any:
        database = {**DATABASE, "redisSentinel": {"hosts": hosts}}
        done = run({**_config(database=database), **REDIS_URL})
        return done.the("infisical:Restart", "infisical").inputs["triggers"]["infisicalRedisUrl"]

    assert trigger(["a:1"]) == trigger(["a:1"])
    assert trigger(["a:1"]) != trigger(["b:1"])
