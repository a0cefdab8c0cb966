from __future__ import annotations

import pytest

from sandbox.controlplane import ControlPlane, ensure_foreign
from sandbox.toolchain import Tools


@pytest.mark.parametrize(
    "name",
    [
        "applications.argoproj.io",
        "appprojects.argoproj.io",
        "clustersecretstores.external-secrets.io",
        "externalsecrets.external-secrets.io",
        "generatorstates.generators.external-secrets.io",
        "secretstores.external-secrets.io",
    ],
)
def test_definitions_of_others_are_established(cluster: ControlPlane, name: str) -> None:
    definition = cluster.kubectl.get("crd", name)

    assert definition is not None
    conditions = {each["type"]: each["status"] for each in definition["status"]["conditions"]}
    assert conditions["Established"] == "True"


def test_a_second_time_nothing_is_written(cluster: ControlPlane, tools: Tools) -> None:
    assert ensure_foreign(cluster, tools.crds, ["argocd"]) is False
