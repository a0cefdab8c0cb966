"""A homelab's cluster before the program runs: the control plane and its prerequisites."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from declaration.objects import ARGOCD_NAMESPACE, INFISICAL_NAMESPACE
from sandbox.argocd import ArgoCd
from sandbox.argocd.chart import CHART as SERVER_CONTAINER
from sandbox.argocd.chart import DATABASE, DATABASE_CONTAINER, OWNER
from sandbox.controlplane import ControlPlane, PlaneStatus, ensure_prerequisites
from sandbox.controlplane.prerequisites import ALWAYS
from sandbox.external_secrets import Operator
from sandbox.infisical import Settings
from sandbox.node import Node, Runs
from sandbox.postgres import Postgres
from tooling.kubernetes.kubectl import Kubectl
from tooling.toolchain import Tools
from tooling.toolchain.binaries import Binaries
from tooling.toolchain.progress import Reporter

# Showing and stopping processes needs no binaries.
_NOWHERE = Path("/nonexistent")
_NO_BINARIES = Binaries(*[_NOWHERE] * 4)


@dataclass(frozen=True)
class ClusterStatus:
    """
    What runs.

    :param plane: the control plane
    :param others: name of each other process → pid, None when it does not run
    :param infisical: pid of the fake Infisical, which runs only when the cluster asks for it
    :param infisical_url: its URL, known before it starts
    """

    plane: PlaneStatus
    others: dict[str, int | None]
    infisical: int | None
    infisical_url: str | None

    @property
    def running(self) -> bool:
        return self.plane.running and all(self.others.values())


class Cluster:
    """
    A control plane with the External Secrets Operator, a fake node and a fake Argo CD, which starts the fake Infisical.
    PostgreSQL is real, with Infisical's database.

    As a context manager it starts, and at the end stops and removes its files.

    :param directory: created with mode 0700; all files are in it
    :param tools: what to run; None to only show or stop a cluster
    :param kubeconfig: where the admin's kubeconfig goes; default `directory/kubeconfig`
    :param namespaces: namespaces that the program uses but does not create
    :param argocd_namespace: Argo CD's
    :param apps: the number of apps that the operator delivers to
    :param settings: of the fake Infisical
    :param tethered: every process ends with this one; otherwise they run until `stop`
    """

    def __init__(
        self,
        directory: Path,
        tools: Tools | None,
        kubeconfig: Path | None = None,
        *,
        namespaces: Sequence[str] = ALWAYS,
        argocd_namespace: str = ARGOCD_NAMESPACE,
        apps: int = 0,
        settings: Settings | None = None,
        tethered: bool = False,
    ) -> None:
        self.directory = directory.absolute()
        self.kubeconfig = kubeconfig.absolute() if kubeconfig else self.directory / "kubeconfig"
        self._namespaces = namespaces
        self._argocd_namespace = argocd_namespace
        self._crds = tools.crds if tools else ()
        binaries, operator = (tools.binaries, tools.external_secrets.path) if tools else (_NO_BINARIES, _NOWHERE)
        self.plane = ControlPlane(self.directory / "controlplane", binaries, self.kubeconfig, tethered=tethered)
        self.operator = Operator(self.directory / "operator", operator, self.kubeconfig, apps=apps, tethered=tethered)
        self.postgres = Postgres(self.directory / "postgres", database=DATABASE, owner=OWNER, tethered=tethered)
        self.node = Node(
            self.directory / "node",
            self.kubeconfig,
            self.plane.kubelet_certificates,
            self._containers,
            tethered=tethered,
        )
        self.argocd = ArgoCd(
            self.directory / "infisical",
            self.kubeconfig,
            namespace=argocd_namespace,
            settings=settings,
            postgres=self.postgres,
            tethered=tethered,
        )

    @property
    def kubectl(self) -> Kubectl:
        return self.plane.kubectl

    @property
    def infisical_url(self) -> str:
        """The URL of Infisical, without `/api`; Infisical starts when the cluster asks for it."""
        url = self.argocd.url
        if url is None:
            raise RuntimeError("the cluster was never started: use it in a `with` statement, or start it")
        return url

    def start(self, reporter: Reporter | None = None) -> None:
        """
        Start what does not run, and wait until it is ready.

        :raises StartError: a part did not start; parts that started earlier keep running
        """
        reporter = reporter or Reporter()
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        # It creates its data meanwhile.
        self.postgres.start()
        with reporter.quick_stage("control plane"):
            self.plane.start()
        with reporter.quick_stage("prerequisite CRDs and namespaces"):
            ensure_prerequisites(self.plane, self._crds, self._namespaces, self._argocd_namespace)
        with reporter.quick_stage("External Secrets Operator, PostgreSQL, fake node and fake Argo CD"):
            self.node.start()
            self.operator.start()
            self.postgres.wait()
            self.argocd.start()

    def stop(self) -> bool:
        """Stop everything, the cluster last; the data are kept. True when something ran."""
        stopped = [self.argocd.stop(), self.postgres.stop(), self.operator.stop(), self.node.stop(), self.plane.stop()]
        return any(stopped)

    def remove(self) -> None:
        """Kill what runs and remove every file."""
        self.argocd.remove()
        self.postgres.remove()
        self.operator.stop(kill=True)
        self.node.stop(kill=True)
        self.plane.remove()
        shutil.rmtree(self.directory, ignore_errors=True)

    def status(self) -> ClusterStatus:
        """What runs now; starts and changes nothing."""
        return ClusterStatus(
            plane=self.plane.status(),
            others={
                "external-secrets": self.operator.pid,
                "PostgreSQL": self.postgres.pid,
                "fake node": self.node.pid,
                "fake Argo CD": self.argocd.pid,
            },
            infisical=self.argocd.infisical.pid,
            infisical_url=self.argocd.url,
        )

    def _containers(self) -> dict[str, Runs]:
        """What runs on this machine in place of containers."""
        port = {"PGPORT": str(self.postgres.port)}
        return {
            f"{INFISICAL_NAMESPACE}/{SERVER_CONTAINER}": Runs(log=self.argocd.infisical.log),
            f"{INFISICAL_NAMESPACE}/{DATABASE_CONTAINER}": Runs(self.postgres.programs, port, self.postgres.log),
        }

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.remove()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.remove()
