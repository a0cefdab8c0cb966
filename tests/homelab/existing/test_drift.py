"""The check of .github/workflows/drift.yml fails after any change that `pulumi up` did not make. It writes nothing."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest
import yaml

from tests.checkout import CHECKOUT
from tests.homelab.deployment import EXTERNAL_SECRET, Homelab, Run
from tests.homelab.owner import Owner
from tests.waiting import eventually

DRIFT = CHECKOUT / ".github" / "workflows" / "drift.yml"
VALUE = "canary-of-the-drift-check"


@pytest.fixture(scope="module")
def homelab(deployed_homelab: Homelab) -> Homelab:
    return deployed_homelab


def check(homelab: Homelab) -> Run:
    """Run the command of the workflow."""
    (job,) = yaml.safe_load(DRIFT.read_text())["jobs"].values()
    pulumi, *arguments = shlex.split(job["steps"][-1]["run"])
    assert pulumi == "pulumi"
    return homelab.attempt(*arguments)


def set_interval(homelab: Homelab, interval: str) -> None:
    patch = json.dumps({"spec": {"refreshInterval": interval}})
    where = ("openclaw-secret", "--namespace", "openclaw")
    homelab.plane.kubectl.run("patch", EXTERNAL_SECRET, *where, "--type=merge", "--patch", patch)
    eventually(
        lambda: _is_synced(homelab.object(EXTERNAL_SECRET, "openclaw-secret", "openclaw")), "the operator has synced"
    )


def _is_synced(external_secret: dict[str, Any]) -> bool:
    """Whether the operator has seen the newest change."""
    synced: str = external_secret["status"]["syncedResourceVersion"]
    return synced.startswith(f"{external_secret['metadata']['generation']}-")


def test_an_unchanged_homelab_passes(homelab: Homelab) -> None:
    before, state = homelab.versions(), homelab.state()

    run = check(homelab)

    assert run.code == 0, run.output
    assert homelab.versions() == before
    assert homelab.state() == state


def test_a_changed_object_is_drift_until_it_is_changed_back(homelab: Homelab) -> None:
    declared = homelab.object(EXTERNAL_SECRET, "openclaw-secret", "openclaw")["spec"]["refreshInterval"]
    set_interval(homelab, "7h")
    before, state = homelab.versions(), homelab.state()

    run = check(homelab)

    assert run.code != 0
    assert ".spec.refreshInterval, managed by kubectl-patch" in " ".join(run.output.split())
    assert homelab.versions() == before
    assert homelab.state() == state
    # The next test shows that this is no drift any more.
    set_interval(homelab, declared)


def test_a_deleted_object_is_drift_until_it_is_recreated(homelab: Homelab) -> None:
    homelab.plane.kubectl.run("delete", EXTERNAL_SECRET, "authentik-secret", "--namespace", "authentik")

    run = check(homelab)

    assert run.code != 0
    assert "authentik-secret" in run.output
    assert "kubectl-patch" not in run.output
    assert "no changes were expected" in run.output
    homelab.up("--refresh")


def test_a_value_that_was_changed_in_infisical_is_reported_until_it_is_delivered(homelab: Homelab) -> None:
    Owner(homelab).set("AUTHENTIK_BOOTSTRAP_TOKEN", f"another-{VALUE}")

    run = check(homelab)

    assert run.code != 0
    assert "authentik/authentik-secret is not delivered: AUTHENTIK_BOOTSTRAP_TOKEN" in run.output
    homelab.up()
    run = check(homelab)
    assert run.code == 0, run.output


def test_no_value_is_shown(homelab: Homelab) -> None:
    """Of all runs above."""
    assert VALUE not in "".join(homelab.said)
    assert homelab.values["GRAFANA_OAUTH_CLIENT_SECRET"] not in "".join(homelab.said)
