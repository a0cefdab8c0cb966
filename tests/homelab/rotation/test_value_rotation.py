"""A new trigger or value in the stack config and one `up` change Infisical, the app's Secret and its pods."""

from __future__ import annotations

import datetime
import re
from typing import Any

import pytest

from tests.homelab.deployment import EXTERNAL_SECRET, Homelab, changed
from tests.homelab.owner import Owner
from tests.homelab.watching import watched
from tests.homelab.workloads import install, pods, template_of

PASSWORD = "GRAFANA_ADMIN_PASSWORD"
DATED = re.compile(r"since (\d{4}-\d\d-\d\d), due on (\d{4}-\d\d-\d\d)")
TOKEN = "GRAFANA_OAUTH_CLIENT_SECRET"


@pytest.fixture(scope="module")
def homelab(deployed_homelab: Homelab) -> Homelab:
    return deployed_homelab


def secret(homelab: Homelab) -> dict[str, str]:
    return homelab.secret("monitoring", "grafana-secret")


def managers(item: dict[str, Any]) -> set[str]:
    return {entry["manager"] for entry in item["metadata"]["managedFields"]}


def test_the_preview_names_the_rotated_key_and_the_restarts(homelab: Homelab) -> None:
    before = homelab.versions()
    # As the documentation says.
    homelab.run("config", "set", "--path", f"homelab:rotations.{PASSWORD}", "2026-11")

    preview = homelab.run("preview", "--diff").output

    assert f"{PASSWORD} gets a new value" in preview
    assert f"restarts monitoring/deployment/grafana, because {PASSWORD} is rotated" in preview
    assert "OPENCLAW" not in preview
    assert homelab.versions() == before
    assert secret(homelab)["admin-password"] == Owner(homelab).values()[PASSWORD]


def test_one_up_delivers_a_new_value_and_restarts_the_named_pods(homelab: Homelab) -> None:
    homelab.rotate(PASSWORD, trigger="2026-11")
    first, values, objects = secret(homelab), Owner(homelab).values(), homelab.versions()
    ran, template = pods(homelab, "monitoring"), template_of(homelab, "monitoring", "grafana")

    with watched(homelab, "monitoring", "grafana-secret") as seen:
        done = homelab.up()

    now = Owner(homelab).values()
    assert changed(values, now) == {PASSWORD}
    assert secret(homelab) == {**first, "admin-password": now[PASSWORD]}
    assert "DELETED" not in seen.events
    assert len(seen.uids) == 1
    assert changed(objects, homelab.versions()) == {
        "secrets monitoring/grafana-secret",
        f"{EXTERNAL_SECRET} monitoring/grafana-secret",
    }
    assert changed(ran, pods(homelab, "monitoring")) == {"grafana"}
    annotations = template_of(homelab, "monitoring", "grafana")["metadata"].pop("annotations")
    assert set(annotations) == {"kubectl.kubernetes.io/restartedAt"}
    assert template_of(homelab, "monitoring", "grafana")["spec"] == template["spec"]
    assert first["admin-password"] not in done.output
    assert now[PASSWORD] not in done.output
    assert "+-1 replaced" in done.output
    assert done.changes == {"updated": 3}


def test_a_restart_owns_only_its_annotation(homelab: Homelab) -> None:
    deployment = homelab.plane.kubectl.get("deployment", "grafana", "monitoring") or {}
    (ours,) = [e for e in deployment["metadata"]["managedFields"] if e["manager"] == "homelab-delivery"]

    assert ours["operation"] == "Update"
    template = ours["fieldsV1"]["f:spec"]["f:template"]["f:metadata"]["f:annotations"]
    assert set(template) - {"."} == {"f:kubectl.kubernetes.io/restartedAt"}
    assert "argocd-controller" in managers(deployment)


def test_after_a_rotation_nothing_changes(homelab: Homelab) -> None:
    before, ran = homelab.versions(), pods(homelab, "monitoring")

    homelab.up("--refresh", "--expect-no-changes")

    assert homelab.versions() == before
    assert pods(homelab, "monitoring") == ran


def test_removing_a_trigger_keeps_the_value(homelab: Homelab) -> None:
    before, ran = secret(homelab), pods(homelab, "monitoring")
    homelab.remove_triggers(PASSWORD)

    homelab.up("--expect-no-changes")

    assert secret(homelab) == before
    assert pods(homelab, "monitoring") == ran


def test_a_new_value_in_the_stack_config_is_delivered_and_restarts_the_pods(homelab: Homelab) -> None:
    ran = pods(homelab, "monitoring")
    homelab.set_value(TOKEN, "canary-second-oauth-secret")

    done = homelab.up()

    assert Owner(homelab).values()[TOKEN] == "canary-second-oauth-secret"
    assert secret(homelab)["oauth-client-secret"] == "canary-second-oauth-secret"
    assert changed(ran, pods(homelab, "monitoring")) == {"grafana"}
    assert "canary" not in done.output


def test_the_preview_refuses_a_trigger_without_a_new_value_in_the_stack_config(homelab: Homelab) -> None:
    homelab.rotate(TOKEN, trigger="2026-11")

    refused = homelab.attempt("preview")

    assert refused.code != 0
    assert f"Cannot rotate {TOKEN}: its value in the stack config is unchanged" in refused.output
    homelab.remove_triggers(TOKEN)


def test_the_preview_refuses_a_new_value_of_an_immutable_key(homelab: Homelab) -> None:
    """The declaration refuses a trigger: tests/declaration/values/test_rotations.py."""
    before = Owner(homelab).values()
    homelab.set_value("GRAFANA_SIGNING_KEY", "canary-" + 16 * "ab")
    refused = homelab.attempt("preview")
    assert refused.code != 0
    assert "GRAFANA_SIGNING_KEY is immutable" in refused.output
    assert "canary" not in refused.output
    homelab.remove_value("GRAFANA_SIGNING_KEY")
    assert Owner(homelab).values() == before


def test_the_rotation_of_one_key_keeps_the_manual_change_of_another(homelab: Homelab) -> None:
    Owner(homelab).set(PASSWORD, "changed-in-the-ui")
    homelab.set_value(TOKEN, "canary-third-oauth-secret")

    homelab.up()

    assert secret(homelab)["admin-password"] == "changed-in-the-ui"
    assert secret(homelab)["oauth-client-secret"] == "canary-third-oauth-secret"


def test_a_missing_workload_is_reported_and_the_next_up_continues(homelab: Homelab) -> None:
    homelab.plane.kubectl.run("delete", "deployment", "grafana", "--namespace", "monitoring", "--wait=true")
    homelab.rotate(PASSWORD, trigger="2026-12")

    failed = homelab.attempt("up", "--yes", "--skip-preview")

    assert failed.code != 0
    assert "Cannot restart monitoring/deployment/grafana after a rotation: not found" in failed.output
    rotated = secret(homelab)["admin-password"]
    assert rotated == Owner(homelab).values()[PASSWORD] != "changed-in-the-ui"
    install(homelab, "monitoring", "grafana", "grafana-secret")
    ran = pods(homelab, "monitoring")
    homelab.up()
    assert changed(ran, pods(homelab, "monitoring")) == {"grafana"}
    assert secret(homelab)["admin-password"] == rotated


def test_the_outputs_show_the_age_of_each_value_and_when_its_rotation_is_due(homelab: Homelab) -> None:
    dates = homelab.outputs()["rotations"]

    assert set(dates) == {
        "AUTHENTIK_SECRET_KEY",
        "AUTHENTIK_BOOTSTRAP_PASSWORD",
        "AUTHENTIK_BOOTSTRAP_TOKEN",
        "AUTHENTIK_POSTGRES_PASSWORD",
        PASSWORD,
        TOKEN,
        "GRAFANA_SIGNING_KEY",
        "OPENCLAW_TOKEN",
        "infisicalAuthSecret",
        "infisicalEncryptionKey",
        "infisicalMachineIdentityClientSecret",
        "infisicalPostgresPassword",
        "infisicalRedisPassword",
    }
    never = {name for name, dated in dates.items() if dated.endswith(", never changes")}
    assert never == {"AUTHENTIK_SECRET_KEY", "GRAFANA_SIGNING_KEY", "infisicalEncryptionKey"}
    due = {name: DATED.fullmatch(dated) for name, dated in dates.items() if name not in never}
    for dated in due.values():
        assert dated
        since, until = (datetime.date.fromisoformat(day) for day in dated.groups())
        assert until - since == datetime.timedelta(days=100)


def test_a_renamed_key_keeps_its_value_in_infisical_and_in_the_secret_of_its_app(homelab: Homelab) -> None:
    old, new = "GRAFANA_SIGNING_KEY", "GRAFANA_SIGNING_SECRET"
    before, value = secret(homelab), Owner(homelab).values()[old]
    keys = homelab.config["homelab:apps"]["grafana"]["keys"]
    keys[new] = {**keys.pop(old), "renamedFrom": old}
    homelab.declare()

    with watched(homelab, "monitoring", "grafana-secret") as seen:
        done = homelab.up()

    assert Owner(homelab).values()[new] == value
    assert secret(homelab) == {name: text for name, text in before.items() if name != old} | {new: value}
    assert "DELETED" not in seen.events
    assert len(seen.uids) == 1
    assert value not in done.output
