"""What happens to a Secret when its app is removed, by its `creationPolicy`."""

from __future__ import annotations

from typing import Final

import pytest

from tests.homelab.deployment import EXTERNAL_SECRET, Homelab
from tests.waiting import eventually

NAMESPACE: Final = "monitoring"
KEY: Final = {"source": "config"}
PLACES: Final = {policy: f"{NAMESPACE}/{policy.lower()}" for policy in ("Owner", "Orphan", "Merge")}


@pytest.fixture(scope="module")
def homelab(whole_homelab: Homelab) -> Homelab:
    theirs = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "merge", "namespace": NAMESPACE}}
    whole_homelab.plane.kubectl.apply({**theirs, "stringData": {"of-somebody-else": "theirs"}})
    secrets = {
        policy.lower(): {"creationPolicy": policy, "keys": {f"{policy.upper()}_KEY": {**KEY, "secretKeys": ["ours"]}}}
        for policy in PLACES
    }
    whole_homelab.config["homelab:apps"] = {"web": {"namespace": NAMESPACE, "secrets": secrets}}
    for policy in PLACES:
        whole_homelab.set_value(f"{policy.upper()}_KEY", f"value-of-{policy}")
    whole_homelab.up()
    return whole_homelab


def test_each_secret_has_its_key(homelab: Homelab) -> None:
    assert homelab.secret(NAMESPACE, "owner") == {"ours": "value-of-Owner"}
    assert homelab.secret(NAMESPACE, "orphan") == {"ours": "value-of-Orphan"}
    assert homelab.secret(NAMESPACE, "merge") == {"of-somebody-else": "theirs", "ours": "value-of-Merge"}


def test_without_its_app_only_the_owned_secret_is_deleted(homelab: Homelab) -> None:
    before = homelab.objects("secret")
    homelab.config["homelab:apps"], homelab.values = {}, {}
    homelab.declare()

    homelab.up()

    assert homelab.objects(EXTERNAL_SECRET) == {}
    eventually(lambda: PLACES["Owner"] not in homelab.objects("secret"), "Kubernetes deletes the owned Secret")
    for place in (PLACES["Orphan"], PLACES["Merge"]):
        assert homelab.objects("secret")[place]["data"] == before[place]["data"]
