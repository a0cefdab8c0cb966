"""
The sandbox's fake Argo CD: `python -m sandbox.argocd --kubeconfig FILE …`.

Not Argo CD: it knows one Application, installs objects whose pods run nothing for it, and starts the fake Infisical
server instead of those pods.
"""

from __future__ import annotations

import argparse
import json
import logging
import signal
import sys
from pathlib import Path
from types import FrameType

if not __package__:
    # Run as a file: this folder's modules must not pass for top-level ones.
    sys.path[0] = str(Path(__file__).resolve().parents[2])

from sandbox.argocd.application import LABEL
from sandbox.argocd.chart import OWNER, Checksums
from sandbox.argocd.controller import Controller
from sandbox.argocd.installation import Installation
from sandbox.argocd.objects import Objects, connect
from sandbox.argocd.running import Running
from sandbox.argocd.workloads import Workloads
from sandbox.infisical import InfisicalServer, Settings
from sandbox.postgres.launch import SUPERUSER
from sandbox.postgres.logins import Logins


def main() -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.argocd", description=__doc__)
    parser.add_argument("--kubeconfig", type=Path, required=True, help="of the cluster to watch")
    parser.add_argument("--namespace", required=True, help="of the Application")
    parser.add_argument("--directory", type=Path, required=True, help="folder of the fake Infisical")
    parser.add_argument("--port", type=int, required=True, help="on loopback, where that one listens")
    parser.add_argument("--database", metavar="URI", help="of that one's data, without a password")
    parser.add_argument("--passwords", type=Path, help="file with the passwords of PostgreSQL, if it runs")
    parser.add_argument("--settings", default="{}", help="how that one behaves, as JSON")
    parser.add_argument("--code", help="its version: a running one of another is replaced")
    parser.add_argument("--tethered", action="store_true", help="that one ends when this process ends")
    arguments = parser.parse_args()

    logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    settings = Settings(**json.loads(arguments.settings))
    server = InfisicalServer(
        arguments.directory,
        arguments.port,
        settings=settings,
        database=arguments.database,
        tethered=arguments.tethered,
    )
    client = connect(arguments.kubeconfig)
    objects, workloads = Objects(client, arguments.namespace), Workloads(client)
    passwords = _passwords(arguments.passwords) if arguments.passwords else None
    installation = Installation(workloads, Checksums(arguments.directory / "checksums-key"), passwords)
    running = Running(objects, workloads, server, arguments.directory / "served-pod")
    controller = Controller(objects, installation, running, server)

    def end(number: int, frame: FrameType | None) -> None:
        controller.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    print(f"{LABEL} (this is not Argo CD) watches {arguments.kubeconfig}", flush=True)
    controller.run()
    return 0


def _passwords(file: Path) -> dict[str, str]:
    """What the Secret of PostgreSQL holds."""
    logins = Logins(file)
    return {"password": logins.password(OWNER), "postgres-password": logins.password(SUPERUSER)}


if __name__ == "__main__":
    sys.exit(main())
