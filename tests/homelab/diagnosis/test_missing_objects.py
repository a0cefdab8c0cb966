"""Somebody deletes one object after the other: each is named alone, and one command brings all of them back."""

from __future__ import annotations

import pytest

from tests.homelab.deployment import EXTERNAL_SECRET, Homelab
from tests.homelab.diagnosis.breaking import heal
from tests.homelab.diagnosis.doctor import Doctor
from tests.homelab.diagnosis.kubelet import Kubelet, waiting

OBJECTS = {
    "external-secret-missing": (EXTERNAL_SECRET, "openclaw-secret", "openclaw"),
    "store-missing": ("clustersecretstores", "infisical", ""),
    "login-missing": ("secrets", "infisical-machine-identity", "external-secrets"),
    "application-missing": ("applications.argoproj.io", "infisical", "argocd"),
    "own-secret-missing": ("secrets", "infisical-secrets", "infisical"),
}
"""In an order in which each explains those before, or is independent of them."""

COMMAND = "run `pulumi up --refresh`, which recreates declared objects that were deleted"


@pytest.mark.parametrize("expected", OBJECTS)
def test_a_deleted_object_is_named(homelab: Homelab, doctor: Doctor, expected: str) -> None:
    kind, name, namespace = OBJECTS[expected]
    homelab.plane.kubectl.run("delete", kind, name, *(("--namespace", namespace) if namespace else ()))

    found = {each["id"]: each for each in doctor.findings()}

    assert found.keys() <= OBJECTS.keys(), "what follows from it is no finding"
    assert found[expected]["where"][0].endswith("/".join(filter(None, (namespace, name))))
    assert found[expected]["fix"] == COMMAND


def test_a_pod_that_waits_for_a_missing_secret_is_no_finding_of_its_own(homelab: Homelab, doctor: Doctor) -> None:
    before, reads = doctor.ids(), [{"secretRef": {"name": "openclaw-secret"}}]
    with Kubelet(homelab.plane.plane) as kubelet:
        status = waiting("CreateContainerConfigError", 'secret "openclaw-secret" not found')
        kubelet.runs("openclaw", "reader", status, envFrom=reads)
        steps = doctor.steps()

    assert [found["id"] for step in steps.values() for found in step["findings"]] == before
    assert steps["workloads"]["status"] == "not-checked"


def test_the_fix_brings_all_of_them_back(homelab: Homelab, doctor: Doctor) -> None:
    held = homelab.generated("infisical-encryption-key")

    homelab.up("--refresh")

    heal(homelab, doctor)
    assert homelab.secret("infisical", "infisical-secrets")["ENCRYPTION_KEY"] == held
