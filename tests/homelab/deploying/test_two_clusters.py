"""Two clusters read one environment of an Infisical elsewhere: one stack owns the values, and both deliver them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from sandbox.cluster import Cluster
from sandbox.infisical import FakeInfisical
from tests.homelab.conftest import Shared
from tests.homelab.deployment import Homelab
from tests.sandbox.infisical.admin import EMAIL, PASSWORD, Admin
from tests.waiting import PATIENCE_SECONDS
from tests.warm import Warm
from tooling.toolchain import Tools

KEY: Final = {"source": "generate", "kind": "hex", "size": 16}
PLACE: Final = ("monitoring", "web-secret")


def declaration(url: str, operator: str) -> dict[str, Any]:
    infisical = {"install": "none", "url": url, "adminEmail": EMAIL, "operator": {"name": operator}}
    return {
        "homelab:infisical": infisical | {"deliverySeconds": int(PATIENCE_SECONDS)},
        "homelab:store": {"hostAPI": url, "projectSlug": "homelab", "environmentSlug": "prod"},
        "homelab:apps": {"web": {"namespace": PLACE[0], "keys": {"TOKEN": KEY}}},
    }


@pytest.fixture(scope="module")
def infisical() -> Iterator[FakeInfisical]:
    with FakeInfisical() as fake:
        Admin(fake)
        yield fake


@pytest.fixture(scope="module")
def owner(shared: Shared, infisical: FakeInfisical) -> Homelab:
    homelab = shared.empty(declaration(infisical.url, "first-eso"), operated=True)
    homelab.set_secret("infisicalAdminPassword", PASSWORD)
    homelab.up()
    return homelab


@pytest.fixture(scope="module")
def other(
    operated_cluster: Cluster,
    infisical: FakeInfisical,
    tools: Tools,
    warm: Warm,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Homelab]:
    """A stack for a cluster of its own."""
    folder: Path = tmp_path_factory.mktemp("other")
    workspace = warm.workspace(folder / "workspace", tools, operated_cluster.kubeconfig, "other")
    warm.prepare(folder / "project")
    declared = declaration(infisical.url, "other-eso")
    with contextlib.closing(
        Homelab(operated_cluster, workspace, folder / "project", declared, stack="other")
    ) as homelab:
        homelab.set_secret("infisicalAdminPassword", PASSWORD)
        yield homelab


def test_both_clusters_get_the_value_of_the_stack_that_created_it(owner: Homelab, other: Homelab) -> None:
    run = other.up()

    assert owner.secret(*PLACE) == {"TOKEN": owner.generated("TOKEN")}
    assert other.secret(*PLACE) == owner.secret(*PLACE)
    assert "TOKEN belongs to the stack homelab/test" in run.output


def test_only_the_owner_rotates_it(owner: Homelab, other: Homelab) -> None:
    before = owner.secret(*PLACE)
    other.rotate("TOKEN", trigger="2026-11")

    refused = other.attempt("up", "--yes", "--skip-preview")

    other.remove_triggers()
    assert refused.code != 0
    assert "TOKEN was not rotated: it belongs to the stack homelab/test" in refused.output
    assert (owner.secret(*PLACE), other.secret(*PLACE)) == (before, before)


def test_a_rotated_value_reaches_the_other_cluster_with_its_next_update(owner: Homelab, other: Homelab) -> None:
    before = owner.secret(*PLACE)
    owner.rotate("TOKEN", trigger="2026-11")

    owner.up()
    other.up()

    assert owner.secret(*PLACE) == {"TOKEN": owner.generated("TOKEN")} != before
    assert other.secret(*PLACE) == owner.secret(*PLACE)
