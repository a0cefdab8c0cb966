"""Breaks a homelab, and runs what the doctor says."""

from __future__ import annotations

import base64
import json
import shlex
import subprocess
import time

from tests.homelab.deployment import EXTERNAL_SECRET, Homelab
from tests.homelab.diagnosis.doctor import Doctor
from tests.waiting import eventually


class Changed:
    """A Secret with other values, until the block ends. kubectl, which changes them, is no field manager then."""

    def __init__(self, homelab: Homelab, place: tuple[str, str], **values: str) -> None:
        self._homelab, self._place = homelab, place
        self._values = {name.replace("__", "."): value for name, value in values.items()}
        self._before = homelab.secret(*place)

    def __enter__(self) -> None:
        self._write(self._values)

    def __exit__(self, *_: object) -> None:
        self._write({key: self._before[key] for key in self._values if key in self._before})
        added = [key for key in self._values if key not in self._before]
        if added:
            self._patch({"data": dict.fromkeys(added)})
        namespace, name = self._place
        entries = self._homelab.object("secret", name, namespace)["metadata"]["managedFields"]
        kept = [
            {
                "op": "replace",
                "path": "/metadata/managedFields",
                "value": [each for each in entries if each["manager"] != "kubectl-patch"],
            }
        ]
        self._patch(kept, "json")

    def _write(self, values: dict[str, str]) -> None:
        self._patch({"data": {key: base64.b64encode(value.encode()).decode() for key, value in values.items()}})

    def _patch(self, patch: object, kind: str = "merge") -> None:
        namespace, name = self._place
        self._homelab.plane.kubectl.run(
            "patch", "secret", name, "--namespace", namespace, f"--type={kind}", "--patch", json.dumps(patch)
        )


def force_sync(homelab: Homelab, namespace: str, name: str) -> None:
    """Make the operator sync, and wait until it has reported the result."""
    before = homelab.object(EXTERNAL_SECRET, name, namespace)["status"]
    now = f"force-sync={time.monotonic_ns()}"
    homelab.plane.kubectl.run("annotate", EXTERNAL_SECRET, name, "--namespace", namespace, "--overwrite", now)
    eventually(
        lambda: homelab.object(EXTERNAL_SECRET, name, namespace)["status"] != before, "the operator has reported a sync"
    )


def heal(homelab: Homelab, doctor: Doctor) -> None:
    """The cause is gone: run the doctor, and its fixes for what the operator has not tried again, until all is well."""

    def is_well() -> bool:
        found = doctor.findings()
        for each in found:
            if each["id"] in ("store-stale", "not-synced"):
                run(homelab, each["fix"])
        return not found

    eventually(is_well, "the doctor's fixes have healed the homelab", poll_seconds=0.5)


def run(homelab: Homelab, fix: str) -> str:
    """Run the first command of each line of a fix, and return what they print."""
    said = ""
    for line in fix.splitlines():
        command = line.split("`")[1].replace("$(date +%s)", str(time.monotonic_ns()))
        program, *arguments = shlex.split(command)
        assert program == "kubectl"
        kubectl = homelab.plane.kubectl
        said += subprocess.run(
            [str(kubectl.program), f"--kubeconfig={homelab.plane.kubeconfig}", *arguments],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
    return said
