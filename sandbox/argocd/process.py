"""Starts and stops the fake Argo CD, and the fake Infisical that it starts."""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from dataclasses import asdict
from pathlib import Path

from declaration.objects import ARGOCD_NAMESPACE
from sandbox.controlplane.ports import keep_port
from sandbox.infisical import InfisicalServer, Settings
from sandbox.postgres import Postgres
from tooling.processes.process import Process

NAME = "fake-argocd"
START_SECONDS = 30.0
MAIN = Path(__file__).with_name("__main__.py")


class ArgoCd:
    """
    One fake Argo CD with the files of both fakes in one folder.

    :param directory: created with mode 0700; its file `port` keeps the port of Infisical
    :param kubeconfig: of the cluster that it watches
    :param namespace: Argo CD's
    :param settings: how the fake Infisical behaves
    :param postgres: has its data and is reached in its pod, and runs before `start`; None: a file has the data
    :param tethered: both end with this process; otherwise they run until `stop`
    """

    def __init__(
        self,
        directory: Path,
        kubeconfig: Path,
        *,
        namespace: str = ARGOCD_NAMESPACE,
        settings: Settings | None = None,
        postgres: Postgres | None = None,
        tethered: bool = False,
    ) -> None:
        self.directory = directory.absolute()
        self.infisical = InfisicalServer(self.directory, settings=settings, tethered=tethered)
        self._postgres = postgres
        self._kubeconfig = kubeconfig.absolute()
        self._namespace = namespace
        self._settings = settings or Settings()
        self._tethered = tethered
        self._process = Process(NAME, self.directory, tethered=tethered)

    @property
    def url(self) -> str | None:
        """The URL of Infisical, without `/api`; None before the first start, then always the same."""
        return self.infisical.url

    @property
    def pid(self) -> int | None:
        """None if it does not run."""
        return self._process.pid

    @property
    def log(self) -> Path:
        return self._process.log

    def start(self) -> bool:
        """
        Start it unless it runs. True if it was started. Infisical starts when the cluster asks for it.

        :raises StartError: it did not start
        """
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        port = keep_port(self.directory / "port", is_ours=self.infisical.running)
        argv = [
            sys.executable,
            str(MAIN),
            f"--kubeconfig={self._kubeconfig}",
            f"--namespace={self._namespace}",
            f"--directory={self.directory}",
            f"--port={port}",
            f"--settings={json.dumps(asdict(self._settings))}",
            # A sandbox of an earlier version of this package gets this version.
            f"--code={_code()}",
        ]
        if self._postgres:
            argv += [f"--database={self._postgres.uri()}", f"--passwords={self._postgres.passwords}"]
        started = self._process.start([*argv, *(["--tethered"] if self._tethered else [])])
        if started:
            try:
                self._process.wait_until(lambda: self._process.said(" watches "), "watching", START_SECONDS)
            except BaseException:
                self._process.stop(kill=True)
                raise
        return started

    def stop(self, *, kill: bool = False) -> bool:
        """Stop both and keep Infisical's data. True if one of them ran."""
        ran = self.pid is not None or self.infisical.running
        # In this order, or the fake Argo CD would restart Infisical.
        self._process.stop(kill=kill)
        self.infisical.stop(kill=kill)
        return ran

    def wipe(self) -> None:
        """Restart with an empty Infisical at the same address."""
        self.stop(kill=True)
        shutil.rmtree(self.infisical.data, ignore_errors=True)
        if self._postgres:
            self._postgres.clear()
        self.start()

    def remove(self) -> None:
        """Stop both and remove every file."""
        self.stop(kill=True)
        shutil.rmtree(self.directory, ignore_errors=True)


def _code() -> str:
    """Identifies this version of the fake."""
    files = sorted(MAIN.parent.glob("*.py"))
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()[:12]
