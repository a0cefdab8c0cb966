"""`homelab:argocd`: optional, and everything else of the declaration follows its namespace."""

from __future__ import annotations

from typing import Any

import pytest

from declaration import ArgoCd, Problem, parse_apps, parse_argocd
from declaration.objects import CHART_REPOSITORY, CLUSTER_SERVER
from declaration.site.argocd import refusals
from tests.declaration.stack_config import as_passed, stack_file
from tests.declaration.test_homelab import _parsed, _refused

ROOT = "homelab:argocd"
KEYS = {"KEY": {"source": "manual"}}
HERE = {"server": CLUSTER_SERVER, "namespace": "infisical"}


def _problems(declared: Any) -> list[Problem]:
    problems: list[Problem] = []
    parse_argocd(ROOT, declared, problems)
    return problems


def test_without_it_argocd_is_as_it_is_installed_by_default() -> None:
    config = stack_file()
    del config["argocd"]

    assert _parsed(config).argocd == ArgoCd("argocd", "default", creates_project=False)
    assert _parsed({**config, "argocd": {}}).argocd == ArgoCd()


def test_every_field_is_read() -> None:
    declared = {"namespace": "gitops", "project": "secrets", "createProject": True}

    assert _parsed({**stack_file(), "argocd": declared}).argocd == ArgoCd("gitops", "secrets", creates_project=True)


@pytest.mark.parametrize(
    ("declared", "path", "found"),
    [
        ({"project": "Secrets"}, f"{ROOT}.project", "'Secrets'"),
        ({"namespace": "infisical"}, f"{ROOT}.namespace", "'infisical'"),
        ({"namespace": "external-secrets"}, f"{ROOT}.namespace", "'external-secrets'"),
        ({"createProject": "yes"}, f"{ROOT}.createProject", "the string 'yes'"),
        ({"createProject": True}, f"{ROOT}.createProject", "true for the project 'default'"),
        ({"projects": "secrets"}, f"{ROOT}.projects", "an unknown field"),
        ("secrets", ROOT, "a string"),
    ],
)
def test_an_invalid_field_is_a_problem(declared: Any, path: str, found: str) -> None:
    (problem,) = _problems(declared)

    assert problem.path == path
    assert found in problem.found


def test_an_encrypted_declaration_of_argocd_is_refused() -> None:
    config = {**stack_file(), "argocd": {"project": "secrets"}}

    (problem,) = _refused(config, encrypted={"argocd"})

    assert problem.path == ROOT
    assert as_passed(config)["argocd"] not in str(problem)


def test_no_app_may_own_the_namespace_of_argocd_or_write_its_secrets() -> None:
    apps = {
        "ci": {"namespace": "gitops", "createNamespace": True, "keys": KEYS},
        "helm": {"namespace": "gitops", "secretName": "infisical-helm-secrets", "keys": KEYS},
        "free": {"namespace": "argocd", "createNamespace": True, "secretName": "argocd-secret", "keys": KEYS},
    }
    problems: list[Problem] = []

    parse_apps("homelab:apps", apps, problems, argocd_namespace="gitops")

    assert [problem.path for problem in problems] == [
        "homelab:apps.ci.createNamespace",
        "homelab:apps.helm.secretName",
    ]


@pytest.mark.parametrize(
    ("sources", "allowed"),
    [
        (["*"], True),
        ([CHART_REPOSITORY], True),
        ([CHART_REPOSITORY.removesuffix("/")], True),
        (["https://dl.cloudsmith.io/**"], True),
        (["https://dl.cloudsmith.io/*"], False),
        (["https://git.example.net/*", CHART_REPOSITORY], True),
        (["*", "!https://dl.cloudsmith.io/**"], False),
        (["*", "!https://git.example.net/**"], True),
        ([], False),
        (None, False),
    ],
)
def test_a_project_allows_the_repository_as_argocd_matches_it(sources: list[str] | None, allowed: bool) -> None:
    found = [field for field, _, _ in refusals({"sourceRepos": sources, "destinations": [HERE]})]

    assert found == ([] if allowed else ["spec.sourceRepos"])


@pytest.mark.parametrize(
    ("destinations", "allowed"),
    [
        ([HERE], True),
        ([{"server": "*", "namespace": "*"}], True),
        ([{"name": "in-cluster", "namespace": "infisical"}], True),
        ([{"server": CLUSTER_SERVER, "namespace": "infi*"}], True),
        ([{"server": CLUSTER_SERVER, "namespace": "web"}], False),
        ([{"server": "https://other.example.net", "namespace": "*"}], False),
        ([{"server": "*", "namespace": "*"}, {"server": "*", "namespace": "!infisical"}], False),
        ([{"server": "*", "namespace": "*"}, {"server": "*", "namespace": "!kube-system"}], True),
        ([], False),
        (None, False),
    ],
)
def test_a_project_allows_the_destination_as_argocd_matches_it(destinations: Any, allowed: bool) -> None:
    found = [field for field, _, _ in refusals({"sourceRepos": ["*"], "destinations": destinations})]

    assert found == ([] if allowed else ["spec.destinations"])
