"""Delivery checks: after all ExternalSecrets, and again when the declaration changes."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.components import answers
from tests.components.answers import PROJECT_ID
from tests.components.monitor import Registration
from tests.components.program import Run, run
from tests.declaration.stack_config import OIDC, VALUES, stack_file

GRAFANA = "monitoring/grafana-secret"


def _run(**changed: Any) -> Run:
    return run({**stack_file(), **changed})


def _store(**changed: Any) -> dict[str, Any]:
    return {**stack_file()["store"], **changed}


def _grafana(**changed: Any) -> dict[str, Any]:
    apps: dict[str, Any] = stack_file()["apps"]
    return {**apps, "grafana": {**apps["grafana"], **changed}}


def _delivery(done: Run, app: str) -> Registration:
    return done.the("infisical:Delivery", app)


def _declared(done: Run) -> dict[str, str]:
    return {found.name: found.inputs["declared"] for found in done.of_type("infisical:Delivery")}


@pytest.fixture(scope="module")
def homelab() -> Run:
    return run(stack_file())


def test_each_app_has_a_delivery_check_with_its_keys(homelab: Run) -> None:
    assert set(_declared(homelab)) == {"authentik/authentik-secret", GRAFANA, "openclaw/openclaw-secret"}
    inputs = dict(_delivery(homelab, GRAFANA).inputs)
    assert inputs.pop("declared")
    assert inputs == {
        "namespace": "monitoring",
        "name": "grafana-secret",
        "projectId": PROJECT_ID,
        "environment": "prod",
        "keys": {"admin-password": "/GRAFANA_ADMIN_PASSWORD", "oauth-client-secret": "/GRAFANA_OAUTH_CLIENT_SECRET"},
        "literals": {"admin-user": "admin", "oauth-client-id": "grafana"},
        "optionalKeys": ["GRAFANA_OAUTH_CLIENT_SECRET"],
        "remedies": {},
        "readablePaths": ["/"],
        "seeded": True,
        "__preview": False,
        "triggers": {"GRAFANA_ADMIN_PASSWORD": ""},
        "credentialsTrigger": "client-secret-id",
        "timeoutSeconds": 120,
    }


def test_a_remote_key_is_checked_in_each_of_its_secret_keys(homelab: Run) -> None:
    keys = _delivery(homelab, "authentik/authentik-secret").inputs["keys"]

    assert keys["AUTHENTIK_POSTGRESQL__PASSWORD"] == keys["pg-password"] == "/AUTHENTIK_POSTGRES_PASSWORD"


def test_a_literal_is_checked_as_the_owner_wrote_it() -> None:
    """Not as it is escaped for the operator."""
    done = _run(apps=_grafana(literals={"greeting": "Hello {{ .name }}!"}))

    assert _delivery(done, GRAFANA).inputs["literals"] == {"greeting": "Hello {{ .name }}!"}


@pytest.mark.parametrize(
    ("store", "folder"),
    [
        ({"secretsPath": "/apps"}, "/apps"),
        ({"folderPerApp": True}, "/grafana"),
        ({"secretsPath": "/apps", "folderPerApp": True}, "/apps/grafana"),
    ],
)
def test_a_delivery_check_has_the_folder_of_its_app(store: dict[str, Any], folder: str) -> None:
    done = _run(store=_store(**store))

    assert _delivery(done, GRAFANA).inputs["keys"] == {
        "admin-password": f"{folder}/GRAFANA_ADMIN_PASSWORD",
        "oauth-client-secret": f"{folder}/GRAFANA_OAUTH_CLIENT_SECRET",
    }


def test_with_a_folder_for_each_app_each_check_has_the_triggers_of_its_folder() -> None:
    keys = {"KEY": {"source": "generate", "kind": "hex", "size": 12, "changeCommand": "true"}}
    apps = {name: {"namespace": name, "keys": keys, "restarts": ["deployment/it"]} for name in ("one", "two")}

    done = _run(apps=apps, store=_store(folderPerApp=True))

    for app in apps:
        triggers = {"KEY": f"2 of {app}/KEY"}
        assert _delivery(done, f"{app}/{app}-secret").inputs["triggers"] == triggers
        restart = done.the("infisical:Restart", app)
        assert restart.inputs["triggers"] == triggers
        # Before the delivery check, it could start with the old value.
        assert _delivery(done, f"{app}/{app}-secret").urn in restart.dependencies
    # Both run the same command, which must not run twice at the same time.
    assert done.the("infisical:Secret", "one/KEY").urn in done.the("infisical:Secret", "two/KEY").dependencies


def test_the_timeout_comes_from_the_declaration() -> None:
    done = _run(infisical={**stack_file()["infisical"], "deliverySeconds": 300})

    assert {found.inputs["timeoutSeconds"] for found in done.of_type("infisical:Delivery")} == {300}


def test_a_config_value_may_be_missing_and_its_fix_is_a_command(homelab: Run) -> None:
    inputs = _delivery(homelab, "openclaw/openclaw-secret").inputs
    config = [
        key for key, declared in stack_file()["apps"]["openclaw"]["keys"].items() if declared["source"] == "config"
    ]

    assert inputs["optionalKeys"] == config
    assert inputs["remedies"] == {
        key: f"run `pulumi config set --secret --path 'homelab:values.{key}'`" for key in config
    }


def test_a_generated_or_given_value_must_not_be_missing() -> None:
    done = _run(values=VALUES)

    for found in done.of_type("infisical:Delivery"):
        assert not set(found.inputs["optionalKeys"]) & set(VALUES)
        assert not set(found.inputs["remedies"]) & set(VALUES)
    assert _delivery(done, "authentik/authentik-secret").inputs["optionalKeys"] == []


def test_a_manual_value_may_be_missing_and_is_added_in_infisical(homelab: Run) -> None:
    inputs = _delivery(homelab, GRAFANA).inputs

    assert inputs["optionalKeys"] == ["GRAFANA_OAUTH_CLIENT_SECRET"]
    assert inputs["remedies"] == {}


@pytest.mark.parametrize("folder_per_app", [True, False])
def test_an_external_secret_depends_on_its_namespace_the_store_and_its_own_keys(folder_per_app: bool) -> None:
    done = _run(store=_store(folderPerApp=folder_per_app))

    store = done.the("ClusterSecretStore", "infisical").urn
    for name, app in stack_file()["apps"].items():
        prefix = f"{name}/" if folder_per_app else ""
        keys = {done.the("infisical:Secret", f"{prefix}{key}").urn for key in app["keys"]}
        namespace = done.the("Namespace", app["namespace"]).urn
        found = done.the("ExternalSecret", f"{app['namespace']}/{app.get('secretName', f'{name}-secret')}")
        assert found.dependencies == {namespace, store, *keys}


def test_a_delivery_check_depends_on_its_own_external_secret_alone(homelab: Run) -> None:
    for found in homelab.of_type("infisical:Delivery"):
        external = {urn for urn in found.dependencies if "ExternalSecret" in urn}
        assert external == {homelab.the("ExternalSecret", found.name).urn}


def test_no_delivery_check_starts_before_all_external_secrets_exist(homelab: Run) -> None:
    """One app's failure then stops no other delivery. The checks' component waits, so that each check need not."""
    (component,) = homelab.of_type("Deliveries")
    registered = list(homelab.registrations)

    assert {found.urn for found in homelab.of_type("ExternalSecret")} == component.dependencies
    for found in homelab.of_type("infisical:Delivery"):
        assert found.parent == component.urn
        assert registered.index(component.urn) < registered.index(found.urn)


def test_delivery_checks_do_not_wait_for_each_other(homelab: Run) -> None:
    deliveries = {found.urn for found in homelab.of_type("infisical:Delivery")}

    for found in homelab.registrations.values():
        assert not deliveries & found.dependencies


@pytest.mark.parametrize(
    "store",
    [
        {"projectSlug": "other-homelab"},
        {"environmentSlug": "staging"},
        {"secretsPath": "/apps"},
        {"hostAPI": "http://infisical.other.svc:8080"},
        {"folderPerApp": True},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_a_changed_store_repeats_every_check(homelab: Run, store: dict[str, Any]) -> None:
    changed = _declared(_run(store=_store(**store)))

    assert changed.keys() == _declared(homelab).keys()
    assert not [app for app, declared in changed.items() if declared == _declared(homelab)[app]]


MORE_KEYS = {**stack_file()["apps"]["grafana"]["keys"], "NEW_KEY": {"source": "manual"}}
OTHER_FEEDS = copy.deepcopy(stack_file()["apps"]["grafana"]["keys"])
OTHER_FEEDS["GRAFANA_ADMIN_PASSWORD"]["secretKeys"] = ["password"]


@pytest.mark.parametrize(
    "app",
    [
        {"keys": MORE_KEYS},
        {"keys": OTHER_FEEDS},
        {"literals": {"admin-user": "root", "oauth-client-id": "grafana"}},
        {"literals": {}},
        {"labels": {"team": "home"}},
    ],
    ids=["a new key", "a new key of the Secret", "a different literal", "no literal", "a label of the Secret"],
)
def test_a_changed_external_secret_repeats_its_own_check(homelab: Run, app: dict[str, Any]) -> None:
    changed = _declared(_run(apps=_grafana(**app)))

    before = _declared(homelab)
    assert {name for name in before if changed[name] != before[name]} == {GRAFANA}


@pytest.mark.parametrize(
    "changed",
    [
        {"apps": dict(reversed(stack_file()["apps"].items()))},
        {"infisical": {**stack_file()["infisical"], "replicas": 2, "deliverySeconds": 300}},
        {"values": VALUES},
        OIDC,
    ],
    ids=["order of apps", "installation", "values", "another secret"],
)
def test_other_changes_repeat_no_check(homelab: Run, changed: dict[str, Any]) -> None:
    assert _declared(_run(**changed)) == _declared(homelab)


def test_adding_or_removing_an_app_repeats_no_other_check() -> None:
    apps = stack_file()["apps"]
    without = _declared(_run(apps={name: app for name, app in apps.items() if name != "grafana"}))

    having = _declared(_run(apps=apps))
    assert having.keys() - without.keys() == {GRAFANA}
    assert {app: having[app] for app in without} == without


def test_a_new_credential_of_the_operator_repeats_every_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "CREDENTIAL_ID", "another-client-secret-id")

    proofs = _run().of_type("infisical:Delivery")

    assert [proof.inputs["credentialsTrigger"] for proof in proofs] == 3 * ["another-client-secret-id"]


@pytest.mark.parametrize(
    ("mode", "path", "readable"),
    [("privilege", "/", ["/"]), ("privilege", "/apps", ["/apps"]), ("viewer", "/apps", [])],
)
def test_a_check_knows_the_folders_that_the_operator_reads(
    monkeypatch: pytest.MonkeyPatch, mode: str, path: str, readable: list[str]
) -> None:
    """An identity that became viewer reads the whole project."""
    monkeypatch.setattr(answers, "ACCESS_MODE", mode)

    done = _run(store=_store(secretsPath=path))

    assert _delivery(done, GRAFANA).inputs["readablePaths"] == readable


def test_the_inputs_of_a_check_are_known_in_the_first_preview(homelab: Run) -> None:
    assert _declared(run(stack_file(), preview=True)) == _declared(homelab)
