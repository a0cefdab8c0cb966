"""Free loopback ports, chosen at the first start and then kept, so that the kubeconfig stays the same."""

from __future__ import annotations

import json
import random
import socket
from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from tooling.errors import ToolingError
from tooling.private_file import write_private

# Below the range from which kernels take the ports of outgoing connections: a kept port stays free.
RANGE = range(20000, 32000)


@dataclass(frozen=True)
class Ports:
    """Where each part listens on 127.0.0.1."""

    etcd_client: int
    etcd_peer: int
    apiserver: int


def is_free(port: int) -> bool:
    """Whether a server could listen on the port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def choose(count: int) -> list[int]:
    """Different free ports."""
    chosen: list[int] = []
    # Not seeded: two processes of the tests, which share a seed, must not choose the same ports.
    for port in random.SystemRandom().sample(RANGE, len(RANGE)):
        if len(chosen) == count:
            return chosen
        if is_free(port):
            chosen.append(port)
    problem = (
        f"no {count} free ports on 127.0.0.1 from {RANGE.start} to {RANGE.stop - 1}: stop programs that listen there"
    )
    raise ToolingError(problem)


def read_ports(path: Path) -> Ports | None:
    """The kept ports; None before the first start."""
    try:
        return Ports(**json.loads(path.read_text()))
    except FileNotFoundError:
        return None


def keep_port(path: Path, *, is_ours: bool) -> int:
    """
    The single port in the file, chosen as in `keep_ports`.

    :param is_ours: our own running process listens on it
    """
    try:
        kept = int(path.read_text())
    except FileNotFoundError:
        kept = None
    if kept is not None and (is_ours or is_free(kept)):
        return kept
    (port,) = choose(1)
    write_private(path, str(port))
    return port


def keep_ports(path: Path, ours: Collection[int]) -> Ports:
    """
    The kept ports, chosen on the first call. A port that another program has taken is replaced.

    :param path: of the file that keeps them
    :param ours: ports on which our own running processes listen
    """
    kept = read_ports(path)
    if kept is None:
        ports = Ports(*choose(3))
    else:
        taken = [name for name, port in asdict(kept).items() if port not in ours and not is_free(port)]
        ports = replace(kept, **dict(zip(taken, choose(len(taken)), strict=True)))
    if ports != kept:
        write_private(path, json.dumps(asdict(ports)))
    return ports
