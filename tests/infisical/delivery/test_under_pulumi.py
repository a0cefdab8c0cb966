"""A program with a delivery check, under the real engine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sandbox.infisical.fake import FakeInfisical
from tests.infisical.engine import Engine, make_engine
from tests.infisical.fake_cluster import TOKEN, FakeCluster, FakeOperator
from tests.waiting import PATIENCE_SECONDS
from tooling.toolchain import Tools

pytestmark = pytest.mark.usefixtures("warm_starts")

SHORT = "20"
"""For updates that must fail."""
VALUE = "value-that-nobody-shows"

PROGRAM = f"""
import os
import pulumi
import infisical

connection = infisical.Provider("infisical", infisical.ProviderArgs(
    url=os.environ["TRIAL_URL"], email="admin@homelab.test", password=pulumi.Output.secret("Throw-Away-Passw0rd!"),
    organization="homelab", kubeconfig=os.environ["TRIAL_KUBECONFIG"], context="fake"))
through = pulumi.ResourceOptions(provider=connection)
instance = infisical.Instance("instance", opts=through)
project = infisical.Project("project", infisical.ProjectArgs(slug="homelab"),
    pulumi.ResourceOptions(provider=connection, depends_on=[instance]))
secret = infisical.Secret("secret", infisical.SecretArgs(
    project_id=project.project_id, environment="prod", name="PASSWORD", value=pulumi.Output.secret({VALUE!r})), through)
delivery = infisical.Delivery("delivery", infisical.DeliveryArgs(
    namespace="monitoring", name="grafana-secret", project_id=project.project_id, environment="prod",
    keys={{"snake_case_key": {{"name": "PASSWORD", "path": "/"}}, "camelCaseKey": {{"name": "PASSWORD", "path": "/"}}}},
    literals={{"project_id": "text"}}, declared=os.environ["TRIAL_DECLARED"],
    timeout_seconds=float(os.environ["TRIAL_SECONDS"])),
    pulumi.ResourceOptions(provider=connection, depends_on=[secret]))
pulumi.export("delivered", delivery.delivered)
pulumi.export("missing", delivery.missing)
pulumi.export("count", delivery.count)
"""


@pytest.fixture
def operator(cluster: FakeCluster) -> FakeOperator:
    return FakeOperator(cluster, {"snake_case_key": VALUE, "camelCaseKey": VALUE, "project_id": "text"})


@pytest.fixture
def engine(tools: Tools, fake_infisical: FakeInfisical, cluster: FakeCluster, tmp_path: Path) -> Engine:
    engine = make_engine(str(tools.pulumi.path), tmp_path / "engine", PROGRAM)
    own = {"TRIAL_URL": fake_infisical.url, "TRIAL_KUBECONFIG": cluster.kubeconfig, "TRIAL_DECLARED": "one"}
    engine.variables.update(own, TRIAL_SECONDS=str(PATIENCE_SECONDS))
    return engine


def test_a_delivery_from_its_creation_to_its_deletion(
    engine: Engine, operator: FakeOperator, fake_infisical: FakeInfisical
) -> None:
    first_preview = engine.run("preview")
    assert first_preview.code == 0, first_preview.output
    assert operator.cluster.requests == []

    up = engine.run("up", "--yes", "--skip-preview")
    assert up.code == 0, up.output
    assert engine.outputs() == {"delivered": True, "missing": [], "count": 3}
    state = engine.state()
    assert VALUE not in state
    assert TOKEN not in state
    declared = next(it for it in json.loads(state)["deployment"]["resources"] if it["type"].endswith(":Delivery"))
    assert set(declared["inputs"]["keys"]) == {"snake_case_key", "camelCaseKey"}

    again = engine.run("up", "--yes", "--skip-preview", "--expect-no-changes")
    assert again.code == 0, again.output
    refreshed = engine.run("refresh", "--yes", "--skip-preview", "--expect-no-changes")
    assert refreshed.code == 0, refreshed.output

    fake_infisical.stop()
    unanswered = engine.run("preview", "--expect-no-changes")
    assert unanswered.code == 0, unanswered.output
    assert "Drift check skipped. Infisical cannot" in unanswered.output
    engine.variables["TRIAL_SECONDS"] = SHORT
    unproven = engine.run("up", "--yes", "--skip-preview")
    assert unproven.code != 0
    assert "Infisical's values cannot be read: Infisical cannot" in unproven.output
    fake_infisical.start()

    operator.fails = True
    engine.variables["TRIAL_DECLARED"] = "two"
    failed = engine.run("up", "--yes", "--skip-preview")
    assert failed.code != 0
    assert f"monitoring/grafana-secret is not delivered after {SHORT} s:" in failed.output
    assert "kubectl -n monitoring describe externalsecret grafana-secret" in failed.output
    assert "Traceback" not in failed.output
    assert VALUE not in failed.output

    operator.fails = False
    engine.variables["TRIAL_SECONDS"] = str(PATIENCE_SECONDS)
    repaired = engine.run("up", "--yes", "--skip-preview")
    assert repaired.code == 0, repaired.output
    assert VALUE not in repaired.output
    destroyed = engine.run("destroy", "--yes", "--skip-preview", "--exclude-protected")
    assert "Delivery" in destroyed.output
    assert operator.external_secret["status"]
