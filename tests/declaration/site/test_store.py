"""The store's address, project, environment and path are checked field by field."""

from __future__ import annotations

import pytest

from declaration import parse_store
from tests.declaration.sites import GONE, STORE, problems_of_store, with_field


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("projectSlug", "x" * 36),
        ("projectSlug", "abcde"),
        ("environmentSlug", "p"),
        ("environmentSlug", "x" * 64),
        ("secretsPath", GONE),
        ("secretsPath", "/apps/web_1"),
        ("folderPerApp", True),
        ("folderPerApp", False),
    ],
)
def test_a_value_at_its_limit_is_accepted(field: str, value: object) -> None:
    assert problems_of_store(with_field(STORE, field, value)) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        # A store without an address would read the vendor's cloud.
        ("hostAPI", GONE),
        ("hostAPI", "infisical:8080"),
        ("projectSlug", GONE),
        ("projectSlug", "Homelab"),
        ("projectSlug", "home_lab"),
        ("projectSlug", "homelab-"),
        # Infisical refuses such projects.
        ("projectSlug", "x" * 37),
        ("projectSlug", "home"),
        ("environmentSlug", GONE),
        ("environmentSlug", "prod "),
        ("environmentSlug", "x" * 65),
        ("secretsPath", ""),
        ("secretsPath", "apps"),
        ("secretsPath", "/apps/"),
        ("secretsPath", "//"),
        ("secretsPath", "/../x"),
        ("namespaces", []),
        ("folderPerApp", "true"),
        ("folderPerApp", "yes"),
        ("folderPerApp", 1),
        ("folderPerApp", None),
        ("folderPerApps", True),
    ],
)
def test_a_wrong_value_of_the_store_is_reported_at_its_path(field: str, value: object) -> None:
    assert [problem.path for problem in problems_of_store(with_field(STORE, field, value))] == [
        f"homelab:store.{field}"
    ]


@pytest.mark.parametrize(
    ("path", "per_app", "folder"),
    [("/", False, "/"), ("/apps", False, "/apps"), ("/", True, "/web"), ("/apps/home", True, "/apps/home/web")],
)
def test_an_apps_keys_are_in_the_stores_path_or_in_a_folder_of_its_own_below(
    path: str, per_app: bool, folder: str
) -> None:
    store = parse_store("homelab:store", {**STORE, "secretsPath": path, "folderPerApp": per_app}, [])

    assert store.folder("web") == folder
