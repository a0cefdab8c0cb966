from __future__ import annotations

import pytest

from sandbox.infisical.fake import FakeInfisical
from tests.infisical.deliveries import HELD, stack_for
from tests.infisical.fake_cluster import FakeCluster, FakeOperator
from tests.infisical.stack import Stack


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """A preview waits only briefly for what hangs."""
    monkeypatch.setattr("infisical.delivery.check.BRIEF_SECONDS", 1.5)
    monkeypatch.setattr("infisical.delivery.check.OBSERVE_SECONDS", 10.0)


@pytest.fixture
def operator(cluster: FakeCluster) -> FakeOperator:
    """A fake operator that delivers everything."""
    return FakeOperator(cluster, dict(HELD))


@pytest.fixture
def stack(fake_infisical: FakeInfisical, cluster: FakeCluster) -> Stack:
    return stack_for(fake_infisical, cluster.kubeconfig)
