"""A second stack delivers another environment of the Infisical that a first stack has installed in the same cluster."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.homelab.deployment import EXTERNAL_SECRET, Homelab
from tests.waiting import PATIENCE_SECONDS
from tests.warm import Warm
from tooling.toolchain import Tools

KEY = {"GRAFANA_ADMIN_PASSWORD": {"source": "generate", "kind": "hex", "size": 16, "secretKeys": ["admin-password"]}}
APP = {"namespace": "monitoring", "secretName": "grafana-staging", "keys": KEY}
OWN = {"name": "staging"}


def _declaration(first: Homelab) -> dict[str, Any]:
    site, store = first.config["homelab:infisical"], first.config["homelab:store"]
    infisical = {
        "install": "none",
        "url": site["url"],
        "adminEmail": site["adminEmail"],
        "organization": site["organization"],
        "operator": {"name": "staging-eso"},
        "deliverySeconds": int(PATIENCE_SECONDS),
    }
    staging = {"hostAPI": store["hostAPI"], "projectSlug": store["projectSlug"], "environmentSlug": "staging"}
    return {"homelab:infisical": infisical, "homelab:store": {**staging, **OWN}, "homelab:apps": {"grafana": APP}}


@pytest.fixture(scope="module")
def second(
    deployed_homelab: Homelab, tools: Tools, warm: Warm, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Homelab]:
    """With a backend, a passphrase and a login of its own, as on a different laptop. Nothing is deployed."""
    folder: Path = tmp_path_factory.mktemp("second")
    workspace = warm.workspace(folder / "workspace", tools, deployed_homelab.plane.kubeconfig, "staging")
    warm.prepare(folder / "project")
    second = Homelab(
        deployed_homelab.plane, workspace, folder / "project", _declaration(deployed_homelab), stack="staging"
    )
    second.set_secret("infisicalAdminPassword", deployed_homelab.generated("infisical-admin-password"))
    yield second
    second.close()


def test_a_store_of_the_first_stack_is_refused(second: Homelab) -> None:
    del second.config["homelab:store"]["name"]
    second.declare()

    refused = second.attempt("preview")

    second.config["homelab:store"] |= OWN
    second.declare()
    assert refused.code != 0
    assert "ClusterSecretStore infisical, which belongs to the stack homelab/test" in refused.output


def test_an_identity_of_the_first_stack_is_refused(second: Homelab) -> None:
    second.config["homelab:infisical"]["operator"] = {"adopt": True}
    second.declare()

    refused = second.attempt("preview")

    second.config["homelab:infisical"]["operator"] = {"name": "staging-eso"}
    second.declare()
    assert refused.code != 0
    assert "owner: the stack homelab/test" in refused.output


def test_both_stacks_deliver_their_own_values_side_by_side(second: Homelab, deployed_homelab: Homelab) -> None:
    before = deployed_homelab.secret("monitoring", "grafana-secret")

    second.up()

    staging = second.secret("monitoring", "grafana-staging")
    assert staging == {"admin-password": second.generated("GRAFANA_ADMIN_PASSWORD")}
    assert staging["admin-password"] != before["admin-password"]
    assert deployed_homelab.secret("monitoring", "grafana-secret") == before
    assert (
        second.object(EXTERNAL_SECRET, "grafana-staging", "monitoring")["spec"]["secretStoreRef"]["name"] == "staging"
    )


def test_neither_stack_changes_what_the_other_has_made(second: Homelab, deployed_homelab: Homelab) -> None:
    assert deployed_homelab.up().changes == {}
    assert second.up().changes == {}
