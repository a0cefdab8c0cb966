"""The whole cluster: start, stop, status and removal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.cluster import Cluster
from tests.checkout import CHECKOUT
from tests.kubectl import DirectKubectl
from tests.sandbox.infisical.client import send
from tests.sandbox.infisical_application import InfisicalOnCluster
from tests.waiting import eventually
from tooling.toolchain import Tools


def pids(cluster: Cluster) -> dict[str, int | None]:
    status = cluster.status()
    return {**status.plane.pids, **status.others, "infisical": status.infisical}


def listening(cluster: Cluster) -> list[str]:
    """Return the addresses on which its processes listen."""
    shown = subprocess.run(["ss", "-Hltnp"], capture_output=True, text=True, check=True).stdout
    ours = [f"pid={pid}," for pid in pids(cluster).values()]
    return [line.split()[3] for line in shown.splitlines() if any(pid in line for pid in ours)]


@pytest.fixture(scope="module")
def cluster(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster that outlives its starter, as after `make up`. Infisical runs."""
    cluster = Cluster(tmp_path_factory.mktemp("whole") / "cluster", tools)
    cluster.plane.kubectl = DirectKubectl(cluster.plane)
    try:
        cluster.start()
        declared = InfisicalOnCluster(cluster.kubectl)
        declared.all()
        eventually(lambda: declared.health() == "Healthy", "Infisical is healthy")
        yield cluster
    finally:
        cluster.remove()


def test_starting_again_changes_nothing(cluster: Cluster) -> None:
    before = pids(cluster)

    cluster.start()

    assert pids(cluster) == before
    assert len([pid for pid in before.values() if pid]) == 8


def test_status_needs_only_the_files(cluster: Cluster) -> None:
    assert Cluster(cluster.directory, None).status() == cluster.status()
    assert cluster.status().running


def test_infisical_outlives_the_fake_argo_cd_and_is_adopted(cluster: Cluster) -> None:
    before = pids(cluster)
    assert cluster.argocd.pid is not None
    os.kill(cluster.argocd.pid, signal.SIGKILL)
    eventually(lambda: cluster.argocd.pid is None, "it has ended")
    assert not cluster.status().running

    cluster.start()
    declared = InfisicalOnCluster(cluster.kubectl)
    cluster.kubectl.run("patch", "application", "infisical", "-n", "argocd", "--type=merge", "-p", '{"status":null}')

    eventually(lambda: declared.health() == "Healthy", "it reports")
    after = pids(cluster)
    assert after.pop("fake Argo CD") != before.pop("fake Argo CD")
    assert after == before


def root_key(cluster: Cluster) -> str:
    """Infisical's encrypted root key, as its database has it."""
    return cluster.postgres.execute('SELECT "encryptedRootKey" FROM kms_root_config', "infisicalDB")


def test_a_killed_postgresql_is_started_again_and_infisical_goes_on(cluster: Cluster) -> None:
    before, key = pids(cluster), root_key(cluster)
    assert cluster.postgres.pid is not None
    os.kill(cluster.postgres.pid, signal.SIGKILL)
    eventually(lambda: cluster.postgres.pid is None, "it has ended")
    assert not cluster.status().running

    cluster.start()

    after = pids(cluster)
    assert after.pop("PostgreSQL") != before.pop("PostgreSQL")
    assert after == before
    assert root_key(cluster) == key
    assert send(cluster.infisical_url, "GET", "/api/v1/admin/config").status == 200


def test_a_restart_keeps_the_url_and_infisicals_data(cluster: Cluster) -> None:
    url, key = cluster.infisical_url, root_key(cluster)

    assert cluster.stop() is True
    assert not any(pids(cluster).values())
    assert cluster.stop() is False
    cluster.start()

    eventually(lambda: cluster.argocd.infisical.running, "Infisical runs again")
    assert cluster.infisical_url == url
    assert root_key(cluster) == key


def test_everything_listens_on_loopback_only(cluster: Cluster) -> None:
    """etcd for its clients and its peers, the API server, PostgreSQL and Infisical listen; the others do not."""
    eventually(lambda: len(listening(cluster)) == 5, "five addresses")

    assert all(address.startswith("127.0.0.1:") for address in listening(cluster)), listening(cluster)


def test_removing_leaves_no_process_and_no_file(cluster: Cluster) -> None:
    cluster.remove()

    assert not any(pids(cluster).values())
    assert not cluster.directory.exists()


def test_a_removed_cluster_can_be_recreated_and_ends_with_a_killed_test_run(cluster: Cluster, tmp_path: Path) -> None:
    suite = tmp_path / "test_killed.py"
    suite.write_text(
        "import pathlib\n"
        "from sandbox.cluster import Cluster\n"
        "from tooling.toolchain import ensure_tools\n"
        "from tests.sandbox.infisical_application import InfisicalOnCluster\n"
        "def test_blocks():\n"
        f"    cluster = Cluster(pathlib.Path({str(cluster.directory)!r}), ensure_tools(), tethered=True)\n"
        "    cluster.start()\n"
        "    assert cluster.kubectl.get('application', 'infisical', 'argocd') is None\n"
        "    InfisicalOnCluster(cluster.kubectl).all()\n"
        "    print('started', flush=True)\n"
        "    input()\n"
    )
    argv = [sys.executable, "-m", "pytest", "-s", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), str(suite)]
    with subprocess.Popen(argv, cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        # The start has time limits of its own.
        assert any(line.endswith("started\n") for line in run.stdout), "the cluster did not start"
        eventually(lambda: all(pids(cluster).values()), "all eight run")
        run.send_signal(signal.SIGKILL)

    eventually(lambda: not any(pids(cluster).values()), "no process is left")
