"""Reconciles the installed objects and the server with the Application, and reports in the Application's status."""

from __future__ import annotations

import functools
import logging
import threading
import time
from collections.abc import Callable

from declaration.objects import APPLICATION, SEPARATE_POSTGRESQL, SEPARATE_REDIS
from sandbox.argocd.application import (
    LABEL,
    Object,
    Report,
    Wanted,
    invalid,
    is_left_alone,
    project_of,
    status_patch,
    wanted,
    wanted_database,
)
from sandbox.argocd.installation import Installation
from sandbox.argocd.objects import Objects, Unavailable
from sandbox.argocd.running import RETRY_SECONDS, Running
from sandbox.infisical import InfisicalServer

LOOK_SECONDS = 2.0

log = logging.getLogger("controller")


class Controller:
    """
    :param objects: on the API server
    :param installation: applies the objects of the chart
    :param running: reconciles the server with its pods
    :param server: the fake Infisical
    """

    def __init__(self, objects: Objects, installation: Installation, running: Running, server: InfisicalServer) -> None:
        self._objects = objects
        self._installation = installation
        self._running = running
        self._server = server
        self._stopped = threading.Event()
        self._wake = threading.Event()

    def run(self) -> None:
        """Reconcile until `stop`: after each change, when the server has ended, and periodically."""
        self._objects.watch(self._wake.set)
        looked, ran = 0.0, False
        while not self._stopped.is_set():
            changed = self._wake.wait(LOOK_SECONDS)
            if not changed and self._server.running == ran and time.monotonic() < looked + RETRY_SECONDS:
                continue
            self._wake.clear()
            try:
                self.reconcile()
                looked, ran = time.monotonic(), self._server.running
            except Unavailable as error:
                log.info("the API server: %s", type(error).__name__)
                self._wake.set()
                self._stopped.wait(1.0)

    def stop(self) -> None:
        """End `run`; the server continues."""
        self._stopped.set()
        self._wake.set()

    def reconcile(self) -> None:
        """Reconcile once."""
        for name in (SEPARATE_POSTGRESQL, SEPARATE_REDIS):
            self._reconcile_database(name)
        self._reconcile_server()

    def _reconcile_database(self, name: str) -> None:
        """Install a database that has an Application of its own. It runs nothing."""
        application = self._objects.application(name)
        if application is None or application["metadata"].get("deletionTimestamp") or is_left_alone(application):
            return
        asked = wanted_database(application)
        if reason := invalid(application, self._objects.project(project_of(application))):
            report = Report("Unknown", sync="Unknown", invalid=reason)
        elif missing := [f"{where}/{secret}" for where, secret in asked.secrets if not self._exists(where, secret)]:
            report = Report("Progressing", f"waiting for the Secret {', '.join(missing)}")
        else:
            chart = str((application["spec"].get("source") or {}).get("chart"))
            objects = self._installation.database_manifests(asked, name, chart)
            self._installation.apply(asked, objects)
            report = self._installation.progress(asked, objects) or Report("Healthy", f"this is {LABEL}")
        if patch := status_patch(application, report):
            log.info("Application %s: %s, %s", name, report.sync, report.health)
            self._objects.patch_application(patch, name)

    def _reconcile_server(self) -> None:
        application = self._objects.application()
        if application is None or application["metadata"].get("deletionTimestamp"):
            # The installed objects are kept, and the server is still restarted with its pods.
            self._running.reconcile(APPLICATION, lambda _: None)
            return
        asked, report = wanted(application), functools.partial(self._report, application)
        if is_left_alone(application):
            # Nothing is installed, repaired or reported; the server still follows its pods.
            self._running.reconcile(asked.namespace, lambda _: None)
            return
        if reason := invalid(application, self._objects.project(project_of(application))):
            # Nothing is installed or repaired; what was installed before keeps running.
            report(Report("Unknown", sync="Unknown", invalid=reason))
            self._running.reconcile(asked.namespace, lambda _: None)
        elif asked.automated:
            report(self._synced(asked, report))
        else:
            what = "spec.syncPolicy.automated is not set, and nobody can ask this fake for a sync"
            report(Report("Missing", what, "OutOfSync"))
            self._running.reconcile(asked.namespace, lambda _: None)

    def _synced(self, asked: Wanted, starting: Callable[[Report], None]) -> Report:
        missing = [f"{namespace}/{name}" for namespace, name in asked.secrets if not self._exists(namespace, name)]
        if not missing:
            self._installation.apply(asked)
        elif not self._installation.exists(asked):
            return Report("Progressing", f"waiting for the Secret {', '.join(missing)}")
        trouble = self._running.reconcile(asked.namespace, starting)
        healthy = Report("Healthy", f"a fake Infisical runs on {self._server.url}; this is {LABEL}")
        return trouble or self._installation.progress(asked) or healthy

    def _exists(self, namespace: str, name: str) -> bool:
        return self._objects.secret(namespace, name) is not None

    def _report(self, application: Object, report: Report) -> None:
        patch = status_patch(self._objects.application() or application, report)
        if patch:
            shown = report.invalid or report.message
            log.info("Application %s: %s, %s: %s", APPLICATION, report.sync, report.health, shown)
            self._objects.patch_application(patch)
