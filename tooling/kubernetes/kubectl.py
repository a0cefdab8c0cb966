"""kubectl on one control plane, with answers as data."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tooling.errors import SandboxError

Object = dict[str, Any]


class KubectlError(SandboxError):
    """kubectl ended with an error; `stderr` is what it said."""

    def __init__(self, arguments: tuple[str, ...], stderr: str) -> None:
        super().__init__(f"kubectl {' '.join(arguments)}: {stderr.strip()}")
        self.stderr = stderr


class Kubectl:
    """
    Runs the program against one kubeconfig.

    Objects to write go in by stdin, so that no value of a Secret is a process argument.
    """

    def __init__(self, program: Path, kubeconfig: Path) -> None:
        self.program = program
        self.kubeconfig = kubeconfig

    def run(self, *arguments: str, given: str | None = None) -> str:
        """
        What it printed.

        :param given: its stdin
        :raises KubectlError: it ended with an error
        """
        done = subprocess.run(
            [
                str(self.program),
                f"--kubeconfig={self.kubeconfig}",
                # Its discovery cache belongs to this plane; the user's is left alone.
                f"--cache-dir={self.kubeconfig.parent / 'kubectl-cache'}",
                *arguments,
            ],
            input=given or "",
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise KubectlError(arguments, done.stderr)
        return done.stdout

    def get(self, kind: str, name: str, namespace: str | None = None) -> Object | None:
        """The object, or None when there is none of that name."""
        where = ["-n", namespace] if namespace else []
        shown = self.run("get", kind, name, *where, "--ignore-not-found", "--show-managed-fields", "-o", "json")
        answer: Object | None = json.loads(shown) if shown else None
        return answer

    def list(self, kind: str, namespace: str | None = None, selector: str | None = None) -> list[Object]:
        """The objects of a kind in one namespace, or in all of them."""
        where = ["-n", namespace] if namespace else ["-A"]
        which = ["-l", selector] if selector else []
        answer: list[Object] = json.loads(self.run("get", kind, *where, *which, "-o", "json"))["items"]
        return answer

    def apply(self, obj: Mapping[str, Any], manager: str = "sandbox") -> None:
        """Write one object by server-side apply."""
        self.run("apply", "--server-side", f"--field-manager={manager}", "-f", "-", given=json.dumps(obj))

    def create(self, obj: Mapping[str, Any], manager: str = "sandbox") -> None:
        """Write an object that is not there yet."""
        self.run("create", f"--field-manager={manager}", "-f", "-", given=json.dumps(obj))
