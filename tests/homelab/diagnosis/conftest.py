"""A deployed homelab, and its doctor."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from sandbox.infisical.fake import FakeInfisical
from tests.homelab.deployment import Homelab
from tests.homelab.diagnosis.doctor import Doctor
from tests.homelab.owner import Owner


@pytest.fixture(scope="module")
def homelab(deployed_homelab: Homelab) -> Homelab:
    return deployed_homelab


@pytest.fixture(scope="module")
def doctor(homelab: Homelab) -> Doctor:
    return Doctor(homelab)


@pytest.fixture(scope="module")
def owner(homelab: Homelab) -> Owner:
    return Owner(homelab)


@pytest.fixture
def fake(homelab: Homelab) -> FakeInfisical:
    return FakeInfisical(homelab.plane.argocd.directory)


@pytest.fixture
def declared(homelab: Homelab) -> Iterator[None]:
    """The declaration of this test is taken back at its end."""
    before = json.dumps(homelab.config)
    yield
    homelab.config = json.loads(before)
    homelab.declare()
