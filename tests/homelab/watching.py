"""Watches a Secret while something else happens."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.homelab.deployment import Homelab


@dataclass
class Seen:
    """The result of a watch: the types of the events, and the UIDs of the objects."""

    events: list[str] = field(default_factory=list)
    uids: set[str] = field(default_factory=set)

    def take(self, event: dict[str, Any]) -> None:
        self.events.append(event["type"])
        self.uids.add(event["object"]["metadata"]["uid"])


@contextmanager
def watched(homelab: Homelab, namespace: str, name: str) -> Iterator[Seen]:
    """Collect every event of a Secret during the block."""
    seen = Seen()
    path = f"/api/v1/namespaces/{namespace}/secrets?watch=true&fieldSelector=metadata.name%3D{name}"
    with subprocess.Popen(
        [str(homelab.plane.kubectl.program), "--kubeconfig", str(homelab.plane.kubeconfig), "get", "--raw", path],
        stdout=subprocess.PIPE,
        text=True,
    ) as watch:
        assert watch.stdout is not None
        seen.take(json.loads(watch.stdout.readline()))

        def follow() -> None:
            assert watch.stdout is not None
            for line in watch.stdout:
                seen.take(json.loads(line))

        follower = threading.Thread(target=follow, daemon=True)
        follower.start()
        try:
            yield seen
        finally:
            watch.terminate()
            follower.join(30)
