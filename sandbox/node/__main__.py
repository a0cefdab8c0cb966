"""
The sandbox's fake node: `python -m sandbox.node --kubeconfig FILE …`.

Not a node: it reports its pods as running, and they run nothing. Some commands in them run on this machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import signal
import sys
import threading
from pathlib import Path

if not __package__:
    # Run as a file: this folder's modules must not pass for top-level ones.
    sys.path[0] = str(Path(__file__).resolve().parents[2])

from lightkube import Client, KubeConfig
from lightkube.resources.core_v1 import Node, Pod, Secret

from sandbox.decoding import prepare_decoding
from sandbox.node.api.containers import Containers
from sandbox.node.api.server import HOST, KubeletServer, tls_of
from sandbox.node.kubelet import Kubelet
from sandbox.node.registration import LABEL
from sandbox.node.runs import Runs

FIELD_MANAGER = "fake-node"


def main() -> int:
    """Run until a signal ends the process. The exit code."""
    arguments = _parser().parse_args()
    logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    prepare_decoding(Node, Pod, Pod.Status, Secret)
    try:
        asyncio.run(_run(arguments))
    except OSError as error:
        print(f"{LABEL} cannot listen on {HOST}:{arguments.port}: {error.strerror}", file=sys.stderr)
        return 1
    return 0


async def _run(arguments: argparse.Namespace) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    client = Client(config=KubeConfig.from_file(arguments.kubeconfig), field_manager=FIELD_MANAGER)
    running = {place: Runs.of(found) for place, found in json.loads(arguments.containers).items()}
    server = KubeletServer(Containers(client, running))
    await server.start(arguments.port, tls_of(arguments.authority, arguments.certificate, arguments.key))

    def follow() -> None:
        try:
            Kubelet(client, arguments.port).run()
        finally:
            loop.call_soon_threadsafe(stop.set)

    threading.Thread(target=follow, daemon=True).start()
    print(f"{LABEL} (its pods run nothing) watches {arguments.kubeconfig}", flush=True)
    try:
        await stop.wait()
    finally:
        await server.stop()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox.node", description=__doc__)
    parser.add_argument("--kubeconfig", type=Path, required=True, help="of the cluster")
    parser.add_argument("--port", type=int, required=True, help="on loopback, where the apiserver asks it")
    parser.add_argument("--authority", type=Path, required=True, help="which has signed the apiserver's certificate")
    parser.add_argument("--certificate", type=Path, required=True, help="of this server")
    parser.add_argument("--key", type=Path, required=True, help="of that certificate")
    parser.add_argument("--containers", default="{}", help="what runs on this machine for which container, as JSON")
    return parser


if __name__ == "__main__":
    sys.exit(main())
