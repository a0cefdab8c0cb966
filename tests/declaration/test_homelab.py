"""The stack config is read whole and strictly: one error with every problem."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from declaration import (
    APP_FILES,
    ARGOCD,
    BACKUP,
    CREDENTIALS,
    RESTORE_SEEDS,
    ROTATE_EVERY_DAYS,
    ROTATIONS,
    SHARED,
    STRUCTURES,
    VALUES,
    AdminLogin,
    DeclarationError,
    Homelab,
    Problem,
    parse,
)
from tests.declaration import stack_config
from tests.declaration.site.test_credentials import KEY_OF_VARIABLE
from tests.declaration.stack_config import (
    ADMIN,
    EARLIER,
    IDENTITY,
    IN_CLEAR,
    MODES,
    OIDC,
    REDIS_URL,
    REPOSITORY,
    as_passed,
    manual,
    stack_file,
)

STACK_FILE = "Pulumi.homelab.yaml"
EXTERNAL = {"kind": "external", "secretName": "infisical-database", "secretKey": "DB_CONNECTION_URI"}


def _config(**changed: Any) -> dict[str, Any]:
    return {**stack_file(), **changed}


def _external(**changed: Any) -> dict[str, Any]:
    return _config(infisical={**stack_file()["infisical"], "database": EXTERNAL}, **changed)


def _parsed(config: dict[str, Any], encrypted: set[str] | None = None) -> Homelab[str]:
    encrypted_keys = set(config) - IN_CLEAR if encrypted is None else encrypted
    return parse(as_passed(config), encrypted_keys, STACK_FILE, str)


def _refused(config: dict[str, Any], encrypted: set[str] | None = None) -> tuple[Problem, ...]:
    with pytest.raises(DeclarationError) as caught:
        _parsed(config, encrypted)
    assert STACK_FILE in str(caught.value)
    assert "pulumi preview" in str(caught.value)
    return caught.value.problems


def test_all_problems_of_all_parts_come_in_one_error() -> None:
    config = _config(
        infisical={"url": "nowhere"},
        store={"hostAPI": "http://infisical:8080", "projectSlug": "homelab", "environmentSlug": "Prod"},
        apps={"web": {"namespace": "Web", "keys": {"KEY": {"source": "config"}}}},
        infisicalEncryptionKey="short",
        values={"KEY": 7},
        homelabRepoUrl="git@github.com:me/homelab.git",
        infisicalRedisUrl="redis://redis:6379",
        grafana="x",
    )

    problems = _refused(config)

    assert [problem.path for problem in problems] == [
        "homelab:infisical.url",
        "homelab:infisical.adminEmail",
        "homelab:store.environmentSlug",
        "homelab:apps.web.namespace",
        "homelab:infisicalEncryptionKey",
        "homelab:argocdRepoSshPrivateKey",
        "homelab:values.KEY",
        "homelab:infisicalRedisUrl",
        "homelab:grafana",
    ]


def test_an_empty_config_is_answered_with_an_example_of_each_structure() -> None:
    problems = _refused({})

    assert [(problem.path, problem.found) for problem in problems] == [
        (f"homelab:{structure}", "missing") for structure in STRUCTURES
    ]
    assert all("for example" in problem.fix for problem in problems)


@pytest.mark.parametrize("structure", STRUCTURES)
@pytest.mark.parametrize("value", ["canary: of-a-secret", "{canary-of-a-secret", '"canary-of-a-secret"', "7", ""])
def test_a_structure_that_is_not_a_mapping_is_refused_and_not_shown(structure: str, value: str) -> None:
    (problem,) = _refused(_config(**{structure: value}))

    assert problem.path == f"homelab:{structure}"
    assert problem.expected.startswith("a mapping")
    assert "canary" not in str(problem)


@pytest.mark.parametrize("structure", STRUCTURES)
def test_a_secret_inside_a_structure_is_refused(structure: str) -> None:
    """It would be unencrypted in the objects and in the state."""
    (problem,) = _refused(stack_file(), encrypted={structure})

    assert problem.path == f"homelab:{structure}"
    assert "encrypted" in problem.found


@pytest.mark.parametrize(
    ("key", "suggested"),
    [
        ("value", "values"),
        ("infisicalAdminPasword", "infisicalAdminPassword"),
        ("infisicalEncryptonKey", "infisicalEncryptionKey"),
        ("argocdOIDCClientSecret", "argocdOidcClientSecret"),
        ("app", "apps"),
        ("rotation", "rotations"),
        *KEY_OF_VARIABLE.items(),
    ],
)
def test_a_misspelled_key_is_answered_with_the_right_one(key: str, suggested: str) -> None:
    (problem,) = _refused(_config(**{key: "canary-of-a-secret"}))

    assert (problem.path, problem.found) == (f"homelab:{key}", "an unknown key")
    assert problem.fix == f"set homelab:{suggested} instead, and run `pulumi config rm homelab:{key}`"
    others = (APP_FILES, SHARED, ARGOCD, BACKUP, VALUES, ROTATIONS, ROTATE_EVERY_DAYS, RESTORE_SEEDS)
    assert problem.expected.split(", ") == [*STRUCTURES, *others, *CREDENTIALS]


def test_a_key_that_resembles_no_other_is_answered_with_the_command_that_removes_it() -> None:
    (problem,) = _refused(_config(zzz="canary-of-a-secret"))

    assert problem.fix == "run `pulumi config rm homelab:zzz`"
    assert "canary" not in str(problem)


def test_an_external_database_needs_a_redis_address() -> None:
    (problem,) = _refused(_external())

    assert (problem.path, problem.found) == ("homelab:infisicalRedisUrl", "missing")
    assert "pulumi config set --secret homelab:infisicalRedisUrl" in problem.fix


def test_the_bundled_database_takes_no_redis_address() -> None:
    (problem,) = _refused(_config(**REDIS_URL))

    assert problem.path == "homelab:infisicalRedisUrl"
    assert "redis-url-password" not in str(problem)
    assert "pulumi config rm homelab:infisicalRedisUrl" in problem.fix


def test_an_external_database_with_a_redis_address_is_accepted() -> None:
    config = _parsed(_external(**REDIS_URL))

    assert config.infisical.database is not None
    assert config.redis_url is not None


@pytest.mark.parametrize("mode", MODES)
def test_what_is_not_set_is_none(mode: str) -> None:
    config = _parsed(MODES[mode]())

    assert config.machine_identity is None
    assert config.earlier_admin == AdminLogin(None, None)
    assert config.values == {}
    assert config.argocd_oidc_client_secret is None
    assert config.repository is None
    assert config.redis_url is None
    assert set(vars(config.earlier_keys).values()) == {None}


@pytest.mark.parametrize("mode", MODES)
def test_the_repr_of_a_homelab_contains_no_secret(mode: str) -> None:
    config = MODES[mode]()
    common = {**EARLIER, **OIDC, **REPOSITORY, **REDIS_URL}
    values: dict[str, Any] = {**common, **(IDENTITY if mode == "manual" else {**ADMIN, "values": stack_config.VALUES})}
    parsed = _parsed({**config, "infisical": {**config["infisical"], "database": EXTERNAL}, **values})
    shown = f"{parsed!r} {parsed.earlier_admin!r} {parsed.earlier_keys!r} {parsed.machine_identity!r}"

    assert {name for _, name in parsed.values} == values.get("values", {}).keys()
    for key, value in {**values, **stack_config.VALUES}.items():
        if key not in (*IN_CLEAR, "values"):
            assert value not in shown
            assert base64.b64encode(value.encode()).decode() not in shown


@pytest.mark.parametrize(("mode", "unused"), [("managed", IDENTITY), ("manual", ADMIN)], ids=["managed", "manual"])
def test_what_only_the_other_mode_uses_is_refused(mode: str, unused: dict[str, str]) -> None:
    """It would have no effect."""
    problems = _refused({**MODES[mode](), **unused})

    assert {problem.path for problem in problems} == {f"homelab:{key}" for key in unused}
    for problem in problems:
        assert problem.found == f"a value, although homelab:infisical.mode is {mode}"
        assert f"run `pulumi config rm {problem.path}`, or change homelab:infisical.mode" == problem.fix
    assert not [value for value in unused.values() if value in str(problems)]


def test_by_hand_values_of_apps_are_refused() -> None:
    (problem,) = _refused({**manual(), "values": stack_config.VALUES})

    assert (problem.path, problem.found) == ("homelab:values", "a value, although homelab:infisical.mode is manual")
    assert not [value for value in stack_config.VALUES.values() if value in str(problem)]


SITE = {"url": "https://infisical.example.net", "adminEmail": "me@example.net"}


@pytest.mark.parametrize(
    ("path", "broken", "credentials"),
    [
        ("infisical", {"infisical": "x"}, IDENTITY),
        ("infisical", {"infisical": "x"}, REDIS_URL),
        ("infisical.mode", {"infisical": {**SITE, "mode": "Managed"}}, IDENTITY),
        ("infisical.mode", {"infisical": {**SITE, "mode": "Manual"}}, ADMIN),
        ("infisical.mode", {"infisical": {**SITE, "mode": "Manual"}}, {"values": stack_config.VALUES}),
        ("infisical.database", {"infisical": {**SITE, "database": "external"}}, REDIS_URL),
        ("infisical.database.kind", {"infisical": {**SITE, "database": {"kind": "extern"}}}, REDIS_URL),
        ("apps", {"apps": "x"}, {"values": stack_config.VALUES}),
        (
            "apps.openclaw.keys.GITHUB_TOKEN.source",
            {"apps": {"openclaw": {"namespace": "openclaw", "keys": {"GITHUB_TOKEN": {"source": "confg"}}}}},
            {"values": {"GITHUB_TOKEN": "x"}},
        ),
    ],
)
def test_a_part_with_an_error_is_not_compared_with_other_parts(
    path: str, broken: dict[str, Any], credentials: dict[str, Any]
) -> None:
    """It would report errors that do not exist."""
    (problem,) = _refused(_config(**broken, **credentials))

    assert problem.path == f"homelab:{path}"
