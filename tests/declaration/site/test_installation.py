"""`homelab:infisical.install`: who installs Infisical, and what the declaration then takes."""

from __future__ import annotations

from typing import Any

import pytest

from declaration import DeclarationError, Homelab, Problem, parse
from tests.declaration.sites import INFISICAL, problems_of_infisical
from tests.declaration.stack_config import (
    ADMIN,
    ADMIN_IDENTITY,
    EARLIER,
    IDENTITY,
    IN_CLEAR,
    OIDC,
    REDIS_URL,
    as_passed,
    elsewhere,
    stack_file,
)

PASSWORD = {"infisicalAdminPassword": ADMIN["infisicalAdminPassword"]}
TOKEN = {"infisicalToken": ADMIN["infisicalToken"]}


def _parsed(config: dict[str, Any]) -> Homelab[str]:
    return parse(as_passed(config), set(config) - IN_CLEAR, "Pulumi.homelab.yaml", str)


def _refused(config: dict[str, Any]) -> tuple[Problem, ...]:
    with pytest.raises(DeclarationError) as caught:
        _parsed(config)
    return caught.value.problems


def _without_login(**infisical: Any) -> dict[str, Any]:
    return {key: value for key, value in elsewhere(**infisical).items() if key not in ADMIN_IDENTITY}


def test_argo_cd_installs_infisical_unless_the_declaration_says_otherwise() -> None:
    config = _parsed(stack_file())

    assert (config.infisical.install, config.infisical.is_installed) == ("argocd", True)
    assert (config.argocd_namespace, config.helm_secrets_namespace) == ("argocd", "argocd")


def test_with_helm_nothing_is_written_for_argo_cd() -> None:
    config = stack_file()
    del config["argocd"]

    parsed = _parsed({**config, "infisical": {**config["infisical"], "install": "helm"}})

    assert parsed.infisical.is_installed
    assert (parsed.argocd_namespace, parsed.helm_secrets_namespace) == (None, "infisical")


def test_an_infisical_elsewhere_needs_an_address_and_a_login_alone() -> None:
    parsed = _parsed(elsewhere())

    assert not parsed.infisical.is_installed
    assert parsed.infisical.managed
    assert parsed.infisical.managed.admin_email == ""
    assert (parsed.earlier_admin.client_id, parsed.earlier_admin.client_secret) == tuple(ADMIN_IDENTITY.values())


@pytest.mark.parametrize("login", [PASSWORD, TOKEN], ids=["password", "token"])
def test_an_administrator_or_a_token_may_log_in_instead(login: dict[str, str]) -> None:
    parsed = _parsed({**_without_login(adminEmail="admin@example.net"), **login})

    assert {parsed.earlier_admin.password, parsed.earlier_admin.token} == {None, *login.values()}


def test_argo_cds_own_secrets_are_written_although_infisical_runs_elsewhere() -> None:
    parsed = _parsed({**elsewhere(), **OIDC, "argocd": {"namespace": "gitops"}})

    assert parsed.argocd_namespace == "gitops"


@pytest.mark.parametrize("field", ["tailscalePort", "chartVersion", "nodePort", "replicas", "resources", "database"])
def test_fields_of_the_chart_are_refused_if_infisical_runs_elsewhere(field: str) -> None:
    value = {**INFISICAL, "tailscalePort": 8445}[field]

    (problem,) = problems_of_infisical({"url": INFISICAL["url"], "install": "none", field: value})

    assert (problem.path, problem.found) == (f"homelab:infisical.{field}", "a value, although install is none")
    assert problem.fix == f"remove `{field}`, or write `install: argocd`"


@pytest.mark.parametrize("value", ["flux", "None", True, None, ""])
def test_a_wrong_word_is_the_only_problem(value: object) -> None:
    (problem,) = problems_of_infisical({**INFISICAL, "install": value})

    assert (problem.path, problem.expected) == ("homelab:infisical.install", "argocd, helm, none")


@pytest.mark.parametrize("key", [*EARLIER, *REDIS_URL])
def test_keys_of_an_installation_are_refused_if_infisical_runs_elsewhere(key: str) -> None:
    (problem,) = _refused({**elsewhere(), key: {**EARLIER, **REDIS_URL}[key]})

    assert problem.path == f"homelab:{key}"
    assert problem.found == "a value, although homelab:infisical.install is none"
    assert f"pulumi config rm homelab:{key}" in problem.fix


@pytest.mark.parametrize("name", ["infisicalAuthSecret", "infisicalPostgresPassword", "infisicalRedisPassword"])
def test_values_that_the_program_does_not_generate_cannot_be_rotated(name: str) -> None:
    (problem,) = _refused({**elsewhere(), "rotations": {name: "2026-11"}})

    assert (problem.path, problem.found) == (
        f"homelab:rotations.{name}",
        "a trigger for a name that cannot be rotated",
    )


@pytest.mark.parametrize("install", ["helm", "none"])
def test_an_application_project_is_refused_without_an_application(install: str) -> None:
    config = elsewhere() if install == "none" else stack_file()
    config["infisical"]["install"] = install

    problems = _refused({**config, "argocd": {"project": "secrets", "createProject": True}})

    assert [problem.path for problem in problems] == ["homelab:argocd.project", "homelab:argocd.createProject"]
    assert {problem.found for problem in problems} == {f"a value, although homelab:infisical.install is {install}"}


def test_a_missing_login_is_answered_with_the_commands() -> None:
    (problem,) = _refused(_without_login())

    assert (problem.path, problem.found) == ("homelab:infisicalAdminClientId", "missing")
    for key in (*ADMIN_IDENTITY, "infisicalAdminPassword"):
        assert f"pulumi config set --secret homelab:{key}" in problem.fix


def test_set_up_by_hand_elsewhere_needs_no_login() -> None:
    config = _parsed({**_without_login(mode="manual"), **IDENTITY})

    assert (config.infisical.managed, config.infisical.is_installed) == (None, False)


@pytest.mark.parametrize("second", [PASSWORD, TOKEN], ids=["password", "token"])
def test_a_second_login_is_refused(second: dict[str, str]) -> None:
    (problem,) = _refused({**elsewhere(adminEmail="admin@example.net"), **second})

    assert problem.path == f"homelab:{next(iter(second))}"
    assert problem.found == "a second login, next to homelab:infisicalAdminClientId"


def test_the_password_of_an_administrator_needs_the_address() -> None:
    (problem,) = _refused({**_without_login(), **PASSWORD})

    assert (problem.path, problem.found) == ("homelab:infisical.adminEmail", "missing")


@pytest.mark.parametrize("key", ADMIN_IDENTITY)
def test_half_a_machine_identity_is_refused(key: str) -> None:
    config = elsewhere()
    del config[key]

    assert f"homelab:{key}" in [problem.path for problem in _refused(config)]
