from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from sandbox.controlplane import ControlPlane
from tests.plugins.kubernetes.calling import Caller, caller_on
from tests.plugins.kubernetes.objects import fresh_namespace


@pytest.fixture
async def caller(cluster: ControlPlane) -> AsyncIterator[Caller]:
    """A provider on the cluster, as a program gets it that sets nothing else."""
    caller = await caller_on(cluster.kubeconfig)
    yield caller
    await caller.close()


@pytest.fixture
def namespace(cluster: ControlPlane) -> str:
    """A namespace of the test's own."""
    return fresh_namespace(cluster)
