"""Fixtures of all tests: the tool chain, and the clusters and servers that the tests of one process share."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from sandbox.cluster import Cluster
from sandbox.controlplane import ControlPlane, ensure_prerequisites, prerequisite_namespaces
from sandbox.infisical import FakeInfisical
from tests.checkout import CHECKOUT
from tests.clusters import Pool, empty_cluster, empty_plane, started_cluster, started_plane
from tests.guard import guarded
from tests.warm import Warm
from tooling.stack import Workspace
from tooling.toolchain import Tools, ensure_tools
from tooling.toolchain.chromium import INSTALLED
from tooling.toolchain.for_tests import ensure_browser, ensure_built
from tooling.toolchain.pins import HELM, PROMTOOL
from tooling.toolchain.progress import Reporter

# The first would hide a missing flush, as of a plugin's port. The second is not for the runs that tests start.
for name in ("PYTHONUNBUFFERED", "PYTEST_ADDOPTS"):
    os.environ.pop(name, None)
# The programs in Go (control plane, operator, pulumi) collect garbage less often: more memory for less CPU.
os.environ.setdefault("GOGC", "400")

# A busy machine is slow, which is no failure. Each run tries the same examples.
settings.register_profile(
    "suite", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("suite")

SLOW = (
    "homelab",
    "test_whole_rotation.py",
    "test_make_up.py",
    "pull_request",
    "engine",
    "test_interruptions.py",
    "test_programs.py",
    "test_cluster.py",
    "examples",
    "components",
)
"""The folders and files that run first, so that no long file starts when the other processes have nothing left."""

STORIES = ("encryption_key", "engine", "examples", "homelab", "sandbox")
"""The folders in which the tests of a file are the steps of one story. Elsewhere, the marker `story` says so."""

POSITION = pytest.StashKey[int]()
NUMBERS = itertools.count()


def pytest_itemcollected(item: pytest.Item) -> None:
    """Number the tests in the order of their files."""
    item.stash[POSITION] = next(NUMBERS)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """
    After pytest-randomly: restore the order of the steps of each story, and start the slow files first.

    Files run in random order, and so do the tests of a file that tells no story. With the slow files first, the other
    processes still have short files to run while the last slow one ends.
    """
    files = {path: rank for rank, path in enumerate(dict.fromkeys(item.path for item in items))}
    items.sort(key=lambda item: (_slowness(item), files[item.path], item.stash[POSITION] if _is_step(item) else 0))


def _is_step(item: pytest.Item) -> bool:
    return any(name in item.path.parts for name in STORIES) or item.get_closest_marker("story") is not None


def _slowness(item: pytest.Item) -> int:
    return next((rank for rank, name in enumerate(SLOW) if name in item.path.parts), len(SLOW))


@pytest.fixture(scope="session", autouse=True)
def guard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No process of a sandbox outlives the tests, even if they are killed."""
    with guarded(tmp_path_factory.getbasetemp()):
        yield


@pytest.fixture(scope="session")
def tools() -> Tools:
    """The programs of the tool chain: installed ones, or built on first use, which takes minutes."""
    return ensure_tools(ours=[CHECKOUT / ".sandbox"])


@pytest.fixture(scope="session")
def helm() -> Path:
    """The real Helm, built on first use."""
    return ensure_built(HELM, Reporter()).path


@pytest.fixture(scope="session")
def promtool() -> Path:
    """Prometheus' own checks of rules and metrics, built on first use."""
    return ensure_built(PROMTOOL, Reporter()).path


@pytest.fixture(scope="session")
def chromium() -> Path:
    """A browser: an installed one, or fetched on first use."""
    found = ensure_browser(Reporter())
    if found is None:
        pytest.skip(f"install a browser on PATH, one of {', '.join(INSTALLED)}: the pinned one is for Linux on x86-64")
    return found.path


@pytest.fixture(scope="session")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warm]:
    """Warm starts of the program and of the plugins, for tests that are about something else."""
    warm = Warm(tmp_path_factory.mktemp("warm"))
    with warm.started():
        yield warm


@pytest.fixture(scope="module")
def warm_starts(warm: Warm) -> Iterator[None]:
    """The workspaces and projects that the tests of a file make start the program and the plugins warm."""
    with warm.used():
        yield


@pytest.fixture(scope="session")
def planes(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pool[ControlPlane]]:
    """Control planes without the operator. Their processes end with this process, even if it is killed."""
    pool = Pool(lambda: started_plane(tmp_path_factory.mktemp("plane") / "plane", tools), empty_plane)
    yield pool
    pool.remove()


@pytest.fixture(scope="session")
def clusters(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pool[Cluster]]:
    """Clusters with the real operator and with fakes of Argo CD, Infisical and a node."""
    pool = Pool(lambda: started_cluster(tmp_path_factory.mktemp("cluster") / "cluster", tools), empty_cluster)
    yield pool
    pool.remove()


@pytest.fixture(scope="session")
def control_plane(planes: Pool[ControlPlane]) -> Iterator[ControlPlane]:
    """The control plane that all tests of this process share; each uses a namespace of its own."""
    with planes.lease() as plane:
        yield plane


@pytest.fixture(scope="session")
def cluster(control_plane: ControlPlane, tools: Tools) -> ControlPlane:
    """The control plane with the prerequisites of a homelab: `.kubeconfig`, `.kubectl`."""
    ensure_prerequisites(control_plane, tools.crds, prerequisite_namespaces(CHECKOUT / "Pulumi.homelab.yaml"))
    return control_plane


@pytest.fixture(scope="module")
def operated_cluster(clusters: Pool[Cluster], tools: Tools) -> Iterator[Cluster]:
    """
    An empty cluster with the real operator and the fake Argo CD: `.kubeconfig`, `.kubectl`.

    The fake Infisical server starts when the Application and its Secrets exist; its address is `.infisical_url`.
    """
    with clusters.lease() as cluster:
        namespaces = prerequisite_namespaces(CHECKOUT / "Pulumi.homelab.yaml")
        ensure_prerequisites(cluster.plane, tools.crds, namespaces)
        yield cluster


@pytest.fixture(scope="session")
def _fake_infisical_of_the_session() -> Iterator[FakeInfisical]:
    with FakeInfisical() as fake:
        yield fake


@pytest.fixture
def fake_infisical(_fake_infisical_of_the_session: FakeInfisical) -> FakeInfisical:
    """A fake Infisical server that was never set up. The tests of one process share it, since a start is slow."""
    _fake_infisical_of_the_session.reset()
    return _fake_infisical_of_the_session


@pytest.fixture
def steered_infisical(operated_cluster: Cluster) -> Iterator[FakeInfisical]:
    """Controls the fake Infisical server of the cluster: `.order(…)` faults, `.advance(…)` time, `.requests()`."""
    fake = FakeInfisical(operated_cluster.argocd.directory)
    yield fake
    if fake.server.running:
        fake.clear_faults()


@pytest.fixture
def workspace(cluster: ControlPlane, tools: Tools, tmp_path: Path) -> Workspace:
    """A new Pulumi workspace on the cluster, with plugins, backend and passphrase: `.run(…, cwd=project)`."""
    workspace = Workspace(tmp_path / "workspace", tools, cluster.kubeconfig)
    workspace.ensure(Reporter())
    return workspace
