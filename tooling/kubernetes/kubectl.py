"""kubectl on one cluster, with answers as data."""

from __future__ import annotations

import contextlib
import json
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from tooling.errors import ToolingError

Object = dict[str, Any]


class KubectlError(ToolingError):
    """kubectl failed; `stderr` holds its message."""

    def __init__(self, arguments: tuple[str, ...], code: int, stderr: str) -> None:
        super().__init__(f"kubectl {' '.join(arguments)} failed with exit code {code}: {stderr.strip()}")
        self.stderr = stderr


class Kubectl:
    """
    Runs the program against one cluster.

    Objects to write go in through stdin, so that no value of a Secret is a process argument.

    :param kubeconfig: a file; None for the one that kubectl finds by itself
    :param context: a context of the kubeconfig; empty for the current one
    :param cache: the folder of its discovery cache; kubectl's default if None
    """

    def __init__(self, program: Path, kubeconfig: Path | None, *, context: str = "", cache: Path | None = None) -> None:
        self.program = program
        self.kubeconfig = kubeconfig
        self._options = [
            *([f"--kubeconfig={kubeconfig}"] if kubeconfig else []),
            *([f"--context={context}"] if context else []),
            *([f"--cache-dir={cache}"] if cache else []),
        ]

    @classmethod
    def isolated(cls, program: Path, kubeconfig: Path) -> Kubectl:
        """A kubectl whose discovery cache is next to the kubeconfig, so that the user's own cache stays unchanged."""
        return cls(program, kubeconfig, cache=kubeconfig.parent / "kubectl-cache")

    def run(self, *arguments: str, given: str | None = None) -> str:
        """
        Run a command and return its stdout. The output may hold values: never log it.

        :param given: its stdin
        :raises KubectlError: it ended with an error
        """
        done = subprocess.run(
            [str(self.program), *self._options, *arguments],
            input=given or "",
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise KubectlError(arguments, done.returncode, done.stderr)
        return done.stdout

    @contextlib.contextmanager
    def reading(self, *arguments: str, given: str) -> Iterator[IO[bytes]]:
        """
        Run a command and give its stdout while it runs. The output may hold values: never log it.

        :param given: its stdin, which fits into a pipe
        :raises KubectlError: after the block, if the command ended with an error
        """
        with (
            tempfile.TemporaryFile() as errors,
            subprocess.Popen(
                [str(self.program), *self._options, *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
            ) as process,
        ):
            assert process.stdin
            assert process.stdout
            try:
                with contextlib.suppress(BrokenPipeError), process.stdin as stdin:
                    stdin.write(given.encode())
                yield process.stdout
            except BaseException:
                process.kill()
                raise
            if process.wait():
                errors.seek(0)
                raise KubectlError(arguments, process.returncode, errors.read().decode(errors="replace"))

    def get(self, kind: str, name: str, namespace: str | None = None) -> Object | None:
        """Return the object, or None if it does not exist."""
        where = ["-n", namespace] if namespace else []
        shown = self.run("get", kind, name, *where, "--ignore-not-found", "--show-managed-fields", "-o", "json")
        answer: Object | None = json.loads(shown) if shown else None
        return answer

    def list(self, kind: str, namespace: str | None = None, selector: str | None = None) -> list[Object]:
        """Return the objects of a kind in one namespace, or in all of them."""
        where = ["-n", namespace] if namespace else ["-A"]
        which = ["-l", selector] if selector else []
        answer: list[Object] = json.loads(self.run("get", kind, *where, *which, "-o", "json"))["items"]
        return answer

    def apply(self, obj: Mapping[str, Any], manager: str = "sandbox") -> None:
        """Write one object by server-side apply."""
        self.run("apply", "--server-side", f"--field-manager={manager}", "-f", "-", given=json.dumps(obj))

    def create(self, obj: Mapping[str, Any], manager: str = "sandbox") -> None:
        """Create an object that does not exist yet."""
        self.run("create", f"--field-manager={manager}", "-f", "-", given=json.dumps(obj))
