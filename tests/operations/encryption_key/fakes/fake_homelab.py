"""A homelab whose programs and journal the tests watch: they fail where a test wants it, or the command is killed."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import pytest

from operations.encryption_key import database
from operations.encryption_key.journal import Journal, Record
from tests.operations.encryption_key.fakes.fake_cluster import FakeCluster
from tests.operations.encryption_key.fakes.fake_stack import FakeStack, is_change
from tooling.kubernetes import kubectl
from tooling.processes.run import Done
from tooling.stack.pulumi import Pulumi

OLD_KEY: Final = "0123456789abcdef" * 2
NEW_KEY: Final = "fedcba9876543210" * 2
PROGRAMS: Final = ("kubectl", "pulumi")
URL: Final = "http://infisical.example.net"
EMAIL: Final = "a@example.net"
STORE: Final = {"hostAPI": "http://infisical:8080", "projectSlug": "homelab", "environmentSlug": "prod"}
INFISICAL: Final = {"url": URL, "adminEmail": EMAIL}


class Killed(BaseException):
    """The command was killed; nothing catches this."""


@dataclass(frozen=True)
class Kill:
    """
    When the command is killed.

    :param step: while this step is in progress
    :param point: the number of the moment, from 0: right before and right after each change that the step makes
    """

    step: str
    point: int


def fake_stack(url: str = URL, email: str = EMAIL, password: str = "password") -> FakeStack:
    """A deployed homelab with the old key."""
    provider = {"url": url, "email": email, "password": password, "organization": "homelab"}
    inputs = {
        "pulumi:providers:infisical": provider,
        "infisical:index:Project": {"slug": "homelab"},
        "infisical:index:Identity": {"name": "homelab-eso"},
    }
    return FakeStack(OLD_KEY, OLD_KEY, OLD_KEY, inputs, lambda: NEW_KEY)


def nothing_else() -> str:
    return ""


@dataclass
class FakeHomelab:
    """
    One homelab.

    :param failures: the exit code and the error of the commands that start with these words
    :param deploy: what an update does besides the keys; returns an error or nothing
    :param arguments: of all commands
    """

    config: dict[str, Any] = field(default_factory=lambda: {"infisical": INFISICAL})
    stack: FakeStack = field(default_factory=fake_stack)
    cluster: FakeCluster = field(default_factory=lambda: FakeCluster(OLD_KEY))
    failures: dict[str, tuple[int, str]] = field(default_factory=dict)
    deploy: Callable[[], str] = nothing_else
    kill: Kill | None = None
    arguments: list[str] = field(default_factory=list)
    _step: str = ""
    _points: int = 0

    def install(self, programs: Path, patch: pytest.MonkeyPatch) -> None:
        """Put programs on PATH, let this homelab answer all their commands, and watch all changes."""
        programs.mkdir()
        for name in PROGRAMS:
            (programs / name).write_text("#!/bin/sh\n")
            (programs / name).chmod(0o755)
        patch.setenv("PATH", str(programs))

        def attempt(_: Pulumi, *arguments: str, cwd: Path, given: str | None = None) -> Done:
            return self.answer("pulumi", arguments)

        def attempt_logged(_: Pulumi, log: Path, *arguments: str, cwd: Path, given: Path | None = None) -> Done:
            return self.answer("pulumi", arguments, given.read_text() if given else "")

        def run(argv: Sequence[str], **_: Any) -> Done:
            return self.answer("kubectl", argv[1:])

        patch.setattr(Pulumi, "attempt", attempt)
        patch.setattr(Pulumi, "attempt_logged", attempt_logged)
        patch.setattr(kubectl, "subprocess", SimpleNamespace(run=run))
        self._watch(patch)

    def declare(self, stack_file: Path) -> None:
        """Write the stack file of its config."""
        config = {"store": STORE, "apps": {}, **self.config}
        content = {
            f"homelab:{key}": {"secure": "v1:x:y"} if isinstance(value, str) else value for key, value in config.items()
        }
        stack_file.write_text(json.dumps({"config": content}))

    def answer(self, program: str, arguments: Sequence[str], given: str = "") -> Done:
        """Return what a command prints, and change the homelab as the command does."""
        words = [each for each in arguments if each not in ("--color", "never")]
        command = " ".join([program, *words])
        self.arguments.append(command)
        for prefix, (code, error) in self.failures.items():
            if command.startswith(prefix):
                return Done(code, "", f"{error}\n")
        if not command.startswith(("kubectl annotate", "kubectl scale")) and not (
            program == "pulumi" and is_change(words)
        ):
            return self._answer(program, words, given)
        try:
            with self.changing():
                return self._answer(program, words, given)
        except Killed:
            self.stack.is_locked |= program == "pulumi"
            raise

    def arm(self, step: str, point: int) -> None:
        """Kill the command at this point. Without a step: at this point from now on."""
        self.kill, self._step, self._points = Kill(step, point), "", 0

    @contextmanager
    def changing(self) -> Iterator[None]:
        """A change, before and after which the command may be killed."""
        self._point()
        yield
        self._point()

    def _answer(self, program: str, arguments: list[str], given: str) -> Done:
        match program, arguments:
            case "pulumi", ["stack", "--show-name", *_]:
                return Done(0, "homelab", "")
            case "pulumi", ["config", "--json", *_]:
                config = {f"homelab:{key}": {"value": _as_text(value)} for key, value in self.config.items()}
                return Done(0, json.dumps(config), "")
            case "pulumi", _:
                return self.stack.run(arguments, given, self.cluster, self.deploy)
        return Done(0, self.cluster.run(arguments), "")

    def _watch(self, patch: pytest.MonkeyPatch) -> None:
        write, run = Record.write, subprocess.run

        def watched_write(record: Record, journal: Journal) -> None:
            with self.changing():
                write(record, journal)
                # A rotation that is undone has an unfinished step as well.
                self._enter(next((step for step in reversed([*journal.begun]) if step not in journal.done), self._step))

        def watched_run(*arguments: Any, **options: Any) -> Any:
            with self.changing():
                return run(*arguments, **options)

        patch.setattr(Record, "write", watched_write)
        patch.setattr(database, "subprocess", SimpleNamespace(run=watched_run, DEVNULL=subprocess.DEVNULL))

    def _enter(self, step: str) -> None:
        if step != self._step:
            self._step, self._points = step, 0

    def _point(self) -> None:
        if self.kill == Kill(self._step, self._points):
            self.kill, self._step = None, ""
            raise Killed
        self._points += 1


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
