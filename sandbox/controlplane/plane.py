"""The control plane's processes: start, stop and status, all idempotent."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from sandbox.controlplane import apiserver, controller_manager, etcd
from sandbox.controlplane.certs import Certificates, KubeletCertificates
from sandbox.controlplane.kubeconfig import admin_kubeconfig
from sandbox.controlplane.ports import Ports, keep_ports, read_ports
from tooling.kubernetes.kubectl import Kubectl
from tooling.private_file import write_private
from tooling.processes.process import Process
from tooling.toolchain.binaries import Binaries

START_SECONDS = 120.0


@dataclass(frozen=True)
class PlaneStatus:
    """What runs: part → pid, None when it does not; `server` is None before the first start."""

    server: str | None
    pids: dict[str, int | None]

    @property
    def running(self) -> bool:
        return all(self.pids.values())


class ControlPlane:
    """
    One control plane with all its files in one folder.

    As a context manager it starts, and at the end stops and removes its folder.

    :param directory: created with mode 0700; certificates, keys, data and logs are kept in it
    :param binaries: what to run
    :param kubeconfig: where the admin's kubeconfig goes; default `directory/kubeconfig`
    :param tethered: its processes end with this process (on Linux); otherwise they run until `stop`
    """

    def __init__(
        self, directory: Path, binaries: Binaries, kubeconfig: Path | None = None, *, tethered: bool = False
    ) -> None:
        self.directory = directory.absolute()
        self.binaries = binaries
        self.kubeconfig = kubeconfig.absolute() if kubeconfig else self.directory / "kubeconfig"
        self.kubectl = Kubectl.isolated(binaries.kubectl, self.kubeconfig)
        self._certificates = Certificates(self.directory / "pki")
        self.kubelet_certificates = KubeletCertificates(self.directory / "kubelet-pki")
        self._encryption = self.directory / "encryption.yaml"
        self._ports_file = self.directory / "ports.json"
        processes = self.directory / "processes"
        self._etcd = Process("etcd", processes, tethered=tethered)
        self._apiserver = Process("kube-apiserver", processes, tethered=tethered)
        self._controller_manager = Process("kube-controller-manager", processes, tethered=tethered)
        self._processes = (self._etcd, self._apiserver, self._controller_manager)

    def start(self) -> bool:
        """
        Start what does not run and wait until all of it is ready. True when something was started.

        :raises StartError: a part did not become ready. This call stops what it started. Data of earlier
            starts are kept; a failed first start leaves no files.
        """
        first = not self.directory.exists()
        running = {process for process in self._processes if process.running()}
        try:
            started = self._start_all(self._prepare())
        except BaseException:
            for process in reversed(self._processes):
                if process not in running:
                    process.stop(kill=first)
            if first:
                self._remove_files()
            raise
        return started

    def stop(self) -> bool:
        """Stop the running parts in reverse order and keep the data. True if something ran."""
        ran = any(process.running() for process in self._processes)
        for process in reversed(self._processes):
            process.stop()
        return ran

    def remove(self) -> bool:
        """Kill the running parts and remove every file. True if there was something."""
        existed = self.directory.exists()
        for process in reversed(self._processes):
            process.stop(kill=True)
        self._remove_files()
        return existed

    def status(self) -> PlaneStatus:
        """Return what runs now; starts and changes nothing."""
        ports = read_ports(self._ports_file)
        return PlaneStatus(
            server=f"https://127.0.0.1:{ports.apiserver}" if ports else None,
            pids={process.name: process.pid for process in self._processes},
        )

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.remove()

    def _prepare(self) -> Ports:
        """Certificates, keys, ports and the kubeconfig."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._certificates.ensure()
        self.kubelet_certificates.ensure()
        apiserver.ensure_encryption(self._encryption)
        ports = keep_ports(self._ports_file, self._listening())
        text = admin_kubeconfig(self._certificates, ports.apiserver)
        if not self.kubeconfig.exists() or self.kubeconfig.read_text() != text:
            self.kubeconfig.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_private(self.kubeconfig, text)
        return ports

    def _listening(self) -> set[int]:
        kept = read_ports(self._ports_file)
        if kept is None:
            return set()
        by_etcd = {kept.etcd_client, kept.etcd_peer} if self._etcd.running() else set()
        by_apiserver = {kept.apiserver} if self._apiserver.running() else set()
        return by_etcd | by_apiserver

    def _start_all(self, ports: Ports) -> bool:
        binaries, certificates = self.binaries, self._certificates
        started = [
            self._etcd.start(etcd.argv(binaries.etcd, self.directory / "etcd", certificates, ports)),
        ]
        self._etcd.wait_until(lambda: etcd.is_ready(certificates, ports), "healthy", START_SECONDS)
        started.append(
            self._apiserver.start(
                apiserver.argv(
                    binaries.kube_apiserver, self._encryption, certificates, self.kubelet_certificates, ports
                )
            )
        )
        self._apiserver.wait_until(lambda: apiserver.is_ready(certificates, ports), "ready", START_SECONDS)
        started.append(
            self._controller_manager.start(
                controller_manager.argv(binaries.kube_controller_manager, self.kubeconfig, certificates)
            )
        )
        self._controller_manager.wait_until(
            # The service account alone may come from an earlier process.
            lambda: (
                self._controller_manager.said(controller_manager.SYNCED)
                and controller_manager.has_acted(certificates, ports)
            ),
            "ready",
            START_SECONDS,
        )
        for process in self._processes:
            if process.running() is None:
                raise process.failure("it ended soon after it started")
        return any(started)

    def _remove_files(self) -> None:
        shutil.rmtree(self.directory, ignore_errors=True)
        self.kubeconfig.unlink(missing_ok=True)
