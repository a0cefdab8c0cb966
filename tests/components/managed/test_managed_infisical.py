"""A managed Infisical is set up as code: server, protected project and folders."""

from __future__ import annotations

from typing import Any

import pytest

from tests.components.answers import PROJECT_ID, Secret
from tests.components.monitor import Registration
from tests.components.program import Run, run
from tests.declaration.stack_config import ADMIN, manual, stack_file

URL = "https://holdens-mac-mini.story-larch.ts.net:8445"


def _run(*, store: dict[str, Any] | None = None, infisical: dict[str, Any] | None = None, **more: Any) -> Run:
    config = stack_file()
    return run(
        {
            **config,
            "store": {**config["store"], **(store or {})},
            "infisical": {**config["infisical"], **(infisical or {})},
            **more,
        }
    )


def _provider(done: Run) -> Registration:
    (provider,) = [found for found in _of_infisical(done) if found.type == "pulumi:providers:infisical"]
    return provider


def _of_infisical(done: Run) -> list[Registration]:
    """What reaches Infisical: everything of its provider, without the connection `cluster` and what uses that."""
    return [
        found
        for found in done.registrations.values()
        if "infisical" in found.type.split(":")[:3] and "::cluster" not in found.provider and found.name != "cluster"
    ]


def _connection(done: Run) -> dict[str, Any]:
    return _provider(done).inputs


@pytest.fixture(scope="module")
def homelab() -> Run:
    return run(stack_file())


def test_there_is_one_server_one_project_and_one_identity_with_one_credential(homelab: Run) -> None:
    for kind in ("Instance", "Project", "Identity", "ClientSecret"):
        assert len(homelab.of_type(f"infisical:{kind}")) == 1, kind


def test_every_object_in_infisical_uses_one_connection(homelab: Run) -> None:
    made = [found for found in _of_infisical(homelab) if found.type.startswith("infisical:")]

    assert {found.provider for found in made} == {_provider(homelab).urn}


def test_the_server_is_set_up_from_the_config_and_a_generated_password(homelab: Run) -> None:
    assert _connection(homelab) == {
        "url": URL,
        "email": "admin@story-larch.ts.net",
        "password": Secret(homelab.made_at_random["infisical-admin-password"]),
        "organization": "homelab",
    }


def test_the_administrators_password_is_strong_and_needs_no_escape(homelab: Run) -> None:
    generated = homelab.the("RandomPassword", "infisical-admin-password")

    assert generated.inputs == {"length": 32, "special": False, "keepers": {"kind": "password"}}


def test_pulumi_may_reach_the_server_at_another_address_than_its_users() -> None:
    done = _run(infisical={"apiUrl": "http://localhost:30445"})

    assert _connection(done)["url"] == "http://localhost:30445"
    assert done.outputs["infisical"] == URL


def test_an_existing_server_is_used_with_the_given_login(homelab: Run) -> None:
    done = _run(**dict[str, Any](ADMIN))

    assert _connection(done) == {
        **_connection(homelab),
        "password": Secret(ADMIN["infisicalAdminPassword"]),
        "token": Secret(ADMIN["infisicalToken"]),
    }
    generated = homelab.the("RandomPassword", "infisical-admin-password")
    assert done.registrations[generated.urn] == generated, "a password in the config must not delete the generated one"


def test_the_server_is_set_up_once_its_application_and_secrets_are_there(homelab: Run) -> None:
    instance = homelab.the("infisical:Instance", "infisical")

    assert homelab.the("Application", "infisical").urn in instance.dependencies


def test_the_project_has_the_stores_environment_and_waits_for_the_server(homelab: Run) -> None:
    project = homelab.the("infisical:Project", "project")

    assert project.inputs == {"slug": "homelab", "name": "homelab", "environments": {"prod": "prod"}}
    assert homelab.the("infisical:Instance", "infisical").urn in project.dependencies


def test_the_project_is_protected(homelab: Run) -> None:
    """Deleting it would delete every value."""
    assert homelab.the("infisical:Project", "project").protect


@pytest.mark.parametrize(
    ("store", "folders"),
    [
        ({"secretsPath": "/"}, ["/eso_check_keep_empty"]),
        ({"secretsPath": "/apps"}, ["/apps", "/apps/eso_check_keep_empty"]),
        ({"folderPerApp": True}, ["/authentik", "/eso_check_keep_empty", "/grafana", "/openclaw"]),
        (
            {"secretsPath": "/home/apps", "folderPerApp": True},
            [
                "/home/apps",
                "/home/apps/authentik",
                "/home/apps/eso_check_keep_empty",
                "/home/apps/grafana",
                "/home/apps/openclaw",
            ],
        ),
    ],
)
def test_each_folder_with_values_and_the_folder_of_the_operators_check_are_created(
    store: dict[str, Any], folders: list[str]
) -> None:
    done = _run(store=store)

    assert [found.inputs for found in done.of_type("infisical:Folder")] == [
        {"projectId": PROJECT_ID, "environment": "prod", "path": path} for path in folders
    ]
    made = {found.inputs["path"]: found.urn for found in done.of_type("infisical:Folder")}
    for seed in done.of_type("infisical:Secret"):
        # A root folder always exists.
        own = {made[seed.inputs["path"]]} if seed.inputs["path"] in made else set()
        assert {*made.values()} & seed.dependencies == own


@pytest.mark.parametrize(
    ("store", "prefix"),
    [
        ({}, "/"),
        ({"secretsPath": "/apps"}, "/apps/"),
        ({"folderPerApp": True}, "/grafana/"),
        ({"secretsPath": "/apps", "folderPerApp": True}, "/apps/grafana/"),
    ],
)
def test_an_external_secret_reads_where_the_keys_are(store: dict[str, Any], prefix: str) -> None:
    """By absolute path: the store's own path is a different folder."""
    done = _run(store=store)

    assert done.objects()["ExternalSecret monitoring/grafana-secret"]["spec"]["data"] == [
        {"secretKey": "admin-password", "remoteRef": {"key": f"{prefix}GRAFANA_ADMIN_PASSWORD"}},
        {"secretKey": "oauth-client-secret", "remoteRef": {"key": f"{prefix}GRAFANA_OAUTH_CLIENT_SECRET"}},
    ]


def test_by_hand_an_external_secret_reads_from_the_apps_folder_too() -> None:
    config = manual()
    done = run({**config, "store": {**config["store"], "folderPerApp": True}})

    keys = [
        each["remoteRef"]["key"] for each in done.objects()["ExternalSecret monitoring/grafana-secret"]["spec"]["data"]
    ]
    assert keys == ["/grafana/GRAFANA_ADMIN_PASSWORD", "/grafana/GRAFANA_OAUTH_CLIENT_SECRET"]


@pytest.mark.parametrize("preview", [True, False])
def test_by_hand_nothing_reaches_infisical(preview: bool) -> None:
    done = run(manual(), preview=preview)

    assert _of_infisical(done) == []
    (connection,) = [found for found in done.registrations.values() if found.type == "pulumi:providers:infisical"]
    assert connection.inputs == {}


def test_every_resource_of_infisicals_provider_is_found_by_that_search(homelab: Run) -> None:
    """Otherwise the test above could not fail."""
    found = {each.type for each in _of_infisical(homelab)}

    assert "pulumi:providers:infisical" in found
    assert "infisical:index:Instance" in found
