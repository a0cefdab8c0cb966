"""The stack config is read whole and strictly: one error with all that is wrong, before anything is registered."""

from __future__ import annotations

import asyncio
import base64
import contextvars
from typing import Any

import pulumi
import pytest
from pulumi.runtime import configure, set_all_config
from pulumi.runtime.settings import Settings

from components.config import STRUCTURES, Config, load_config, parse
from components.credentials import CREDENTIALS
from components.declaration import DeclarationError, Problem
from tests.components.program import EARLIER, IDENTITY, IN_CLEAR, OIDC, REDIS_URL, REPOSITORY, as_passed, stack_file
from tests.components.test_credentials import KEY_OF_VARIABLE

STACK_FILE = "Pulumi.homelab.yaml"
EXTERNAL = {"kind": "external", "secretName": "infisical-database", "secretKey": "DB_CONNECTION_URI"}


def _config(**changed: Any) -> dict[str, Any]:
    return {**stack_file(), **changed}


def _external(**changed: Any) -> dict[str, Any]:
    return _config(infisical={**stack_file()["infisical"], "database": EXTERNAL}, **changed)


def _parsed(config: dict[str, Any], encrypted: set[str] | None = None) -> Config:
    async def in_a_loop() -> Config:
        # Outputs are made of what is valid, and those belong to a loop.
        return parse(as_passed(config), set(config) - IN_CLEAR if encrypted is None else encrypted, STACK_FILE)

    return asyncio.run(in_a_loop())


def _refused(config: dict[str, Any], encrypted: set[str] | None = None) -> tuple[Problem, ...]:
    with pytest.raises(DeclarationError) as caught:
        _parsed(config, encrypted)
    assert STACK_FILE in str(caught.value)
    assert "pulumi preview" in str(caught.value)
    return caught.value.problems


def _loaded(values: dict[str, str], encrypted: list[str]) -> None:
    def isolated() -> None:
        configure(Settings(project="homelab", stack="attic"))
        set_all_config(values, encrypted)
        load_config()

    contextvars.copy_context().run(isolated)


def test_all_problems_of_all_parts_come_in_one_error() -> None:
    config = _config(
        infisical={"url": "nowhere"},
        store={"hostAPI": "http://infisical:8080", "projectSlug": "homelab", "environmentSlug": "Prod"},
        apps={"web": {"namespace": "Web", "keys": {"KEY": {"source": "manual"}}}},
        infisicalEncryptionKey="short",
        homelabRepoUrl="git@github.com:me/homelab.git",
        infisicalRedisUrl="redis://redis:6379",
        grafana="x",
    )

    problems = _refused(config)

    assert [problem.path for problem in problems] == [
        "homelab:infisical.url",
        "homelab:store.environmentSlug",
        "homelab:apps.web.namespace",
        "homelab:infisicalEncryptionKey",
        "homelab:argocdRepoSshPrivateKey",
        "homelab:infisicalRedisUrl",
        "homelab:grafana",
    ]


def test_pulumi_is_given_all_problems_in_one_run_error_that_names_the_stack_file() -> None:
    values = {"homelab:apps": '{"web": {}}', "homelab:infisicalAuthSecret": "c2hvcnQ=", "kubernetes:context": "x"}

    with pytest.raises(pulumi.RunError) as caught:
        _loaded(values, ["homelab:infisicalAuthSecret"])

    message = str(caught.value)
    assert "Pulumi.attic.yaml has 5 problems; nothing was changed" in message
    for path in ("infisical", "store", "apps.web.namespace", "apps.web.keys", "infisicalAuthSecret"):
        assert f"  homelab:{path}\n    seen: " in message
    assert "kubernetes:" not in message
    assert "c2hvcnQ" not in message


def test_nothing_at_all_is_answered_with_an_example_of_each_structure() -> None:
    problems = _refused({})

    assert [(problem.path, problem.seen) for problem in problems] == [
        (f"homelab:{structure}", "nothing") for structure in STRUCTURES
    ]
    assert all("for example" in problem.mend for problem in problems)


@pytest.mark.parametrize("structure", STRUCTURES)
@pytest.mark.parametrize("value", ["canary: of-a-secret", "{canary-of-a-secret", '"canary-of-a-secret"', "7", ""])
def test_a_structure_that_is_no_mapping_is_refused_and_not_shown(structure: str, value: str) -> None:
    (problem,) = _refused(_config(**{structure: value}))

    assert problem.path == f"homelab:{structure}"
    assert problem.allowed == "a mapping of fields"
    assert "canary" not in str(problem)


@pytest.mark.parametrize("structure", STRUCTURES)
def test_a_secret_inside_a_structure_is_refused(structure: str) -> None:
    """It would stand decrypted in the objects that are made of the structure, and in the state."""
    (problem,) = _refused(stack_file(), encrypted={structure})

    assert problem.path == f"homelab:{structure}"
    assert "encrypted" in problem.seen


@pytest.mark.parametrize(
    ("key", "suggested"),
    [
        ("infisicalEncryptonKey", "infisicalEncryptionKey"),
        ("argocdOIDCClientSecret", "argocdOidcClientSecret"),
        ("app", "apps"),
        *KEY_OF_VARIABLE.items(),
    ],
)
def test_a_misspelt_key_is_answered_with_the_right_one(key: str, suggested: str) -> None:
    (problem,) = _refused(_config(**{key: "canary-of-a-secret"}))

    assert (problem.path, problem.seen) == (f"homelab:{key}", "an unknown key")
    assert problem.mend == f"did you mean homelab:{suggested}? else run `pulumi config rm homelab:{key}`"
    assert problem.allowed.split(", ") == [*STRUCTURES, *CREDENTIALS]


def test_a_key_like_no_other_is_answered_with_the_way_to_remove_it() -> None:
    (problem,) = _refused(_config(zzz="canary-of-a-secret"))

    assert problem.mend == "run `pulumi config rm homelab:zzz`"
    assert "canary" not in str(problem)


def test_an_external_database_needs_a_redis_address() -> None:
    (problem,) = _refused(_external())

    assert (problem.path, problem.seen) == ("homelab:infisicalRedisUrl", "nothing")
    assert "pulumi config set --secret homelab:infisicalRedisUrl" in problem.mend


def test_the_bundled_database_takes_no_redis_address() -> None:
    (problem,) = _refused(_config(**REDIS_URL))

    assert problem.path == "homelab:infisicalRedisUrl"
    assert "redis-url-password" not in str(problem)
    assert "pulumi config rm homelab:infisicalRedisUrl" in problem.mend


def test_an_external_database_with_a_redis_address_is_accepted() -> None:
    config = _parsed(_external(**REDIS_URL))

    assert config.infisical.database is not None
    assert config.redis_url is not None


def test_what_is_not_set_is_none() -> None:
    config = _parsed(stack_file())

    assert config.machine_identity is None
    assert config.argocd_oidc_client_secret is None
    assert config.repository is None
    assert config.redis_url is None
    assert set(vars(config.earlier_keys).values()) == {None}


def test_no_value_stands_in_the_configs_representation() -> None:
    values = {**EARLIER, **IDENTITY, **OIDC, **REPOSITORY, **REDIS_URL}
    shown = repr(_parsed(_external(**values)))

    for key, value in values.items():
        if key not in IN_CLEAR:
            assert value not in shown
            assert base64.b64encode(value.encode()).decode() not in shown
