"""Brings what runs in line with the Application and its Secrets, and says in the Application how it is."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass

from sandbox.argocd.application import LABEL, NAME, NAMESPACE, Object, Report, status_patch, wanted
from sandbox.argocd.objects import Keys, Objects, Unavailable
from sandbox.errors import StartError
from sandbox.infisical import InfisicalServer

LOOK_SECONDS = 2.0
RETRY_SECONDS = 10.0
MESSAGE_LENGTH = 1000

log = logging.getLogger("controller")


@dataclass(frozen=True)
class Failure:
    """A start that failed: with which version of the keys, when to try it again with the same ones, and why."""

    version: tuple[str, str]
    retry_at: float
    report: Report


class Controller:
    """
    :param objects: on the API server
    :param server: the stand-in for Infisical
    """

    def __init__(self, objects: Objects, server: InfisicalServer) -> None:
        self._objects = objects
        self._server = server
        self._stopped = threading.Event()
        self._wake = threading.Event()
        self._runs_with: tuple[str, str] | None = None
        self._failed: Failure | None = None

    def run(self) -> None:
        """Until `stop`: look at once when something changed, and now and then."""
        self._objects.watch(self._wake.set)
        while not self._stopped.is_set():
            self._wake.wait(LOOK_SECONDS)
            self._wake.clear()
            try:
                self.reconcile()
            except Unavailable as error:
                log.info("the API server: %s", type(error).__name__)
                self._stopped.wait(1.0)

    def stop(self) -> None:
        """End `run`; what it started runs on."""
        self._stopped.set()
        self._wake.set()

    def reconcile(self) -> None:
        """One look, and what follows from it."""
        application = self._objects.application()
        if application is None or application["metadata"].get("deletionTimestamp"):
            return
        asked = wanted(application)
        if not asked.automated:
            what = "spec.syncPolicy.automated is not set, and nobody can ask this stand-in for a sync"
            self._report(application, Report("Missing", what, "OutOfSync"))
            return
        found = {place: self._objects.secret(*place) for place in asked.secrets}
        missing = [f"{namespace}/{name}" for (namespace, name), secret in found.items() if secret is None]
        keys = found[asked.server_secret]
        if missing and not self._server.running:
            self._report(application, Report("Progressing", f"waiting for the Secret {', '.join(missing)}"))
        elif keys is not None and not self._is_up(keys):
            self._start(application, keys)
        else:
            self._report(application, self._healthy())

    def _is_up(self, keys: Keys) -> bool:
        return self._server.running and self._runs_with == keys.version

    def _start(self, application: Object, keys: Keys) -> None:
        again = self._failed is not None and self._failed.version == keys.version
        if again and self._failed and time.monotonic() < self._failed.retry_at:
            self._report(application, self._failed.report)
            return
        if not again:
            self._report(application, Report("Progressing", "the stand-in for Infisical is starting"))
        try:
            started = self._server.start(keys.values.get("ENCRYPTION_KEY", ""), keys.values.get("AUTH_SECRET", ""))
        except StartError as error:
            message = (" ".join(line.strip() for line in error.log) or error.reason)[:MESSAGE_LENGTH]
            self._failed = Failure(keys.version, time.monotonic() + RETRY_SECONDS, Report("Degraded", message))
            self._report(application, self._failed.report)
            return
        self._failed, self._runs_with = None, keys.version
        if started:
            log.info("started the stand-in for Infisical, process %s, %s", self._server.pid, self._server.url)
        self._report(application, self._healthy())

    def _healthy(self) -> Report:
        return Report("Healthy", f"a stand-in for Infisical runs on {self._server.url}; this is {LABEL}")

    def _report(self, application: Object, report: Report) -> None:
        patch = status_patch(self._objects.application() or application, report)
        if patch:
            log.info("%s/%s: %s, %s: %s", NAMESPACE, NAME, report.sync, report.health, report.message)
            self._objects.patch_application(patch)
