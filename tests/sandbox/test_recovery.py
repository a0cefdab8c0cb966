"""What a killed pulumi leaves in the files of its backend."""

from __future__ import annotations

import datetime
import json
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from sandbox.stack.recovery import end_holders, pending_creates
from tests.sandbox.conftest import Listener
from tests.waiting import eventually
from tooling.stack.locks import Lock, lock_folder, locks

URN = "urn:pulumi:sandbox::homelab::kubernetes:core/v1:Secret::web"


def write_lock(state: Path, **changed: Any) -> None:
    folder = state / ".pulumi" / "locks" / "organization" / "homelab" / "sandbox"
    folder.mkdir(parents=True, exist_ok=True)
    now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.123456789Z")
    content = {"pid": os.getpid(), "username": "me", "hostname": socket.gethostname(), "timestamp": now, **changed}
    (folder / "0b4d4c2a.json").write_text(json.dumps(content))


def of_the_stack(state: Path) -> list[Lock]:
    return locks(lock_folder(state, "homelab", "sandbox"))


def dead_pid() -> int:
    with subprocess.Popen(["true"]) as process:
        pass
    return process.pid


def test_a_lock_of_a_running_pulumi_is_not_stale(tmp_path: Path) -> None:
    write_lock(tmp_path)

    (lock,) = of_the_stack(tmp_path)
    assert lock.pid == os.getpid()
    assert not lock.is_stale


def test_a_lock_of_an_ended_pulumi_is_stale(tmp_path: Path) -> None:
    write_lock(tmp_path, pid=dead_pid())

    assert [lock.is_stale for lock in of_the_stack(tmp_path)] == [True]


def test_a_lock_that_is_older_than_its_process_is_stale(tmp_path: Path) -> None:
    write_lock(tmp_path, timestamp="2001-01-01T00:00:00Z")

    assert [lock.is_stale for lock in of_the_stack(tmp_path)] == [True]


def test_a_lock_of_a_different_machine_is_never_stale(tmp_path: Path) -> None:
    write_lock(tmp_path, pid=dead_pid(), hostname="elsewhere")

    assert [lock.is_stale for lock in of_the_stack(tmp_path)] == [False]


def test_locks_of_other_stacks_are_ignored(tmp_path: Path) -> None:
    write_lock(tmp_path)

    assert locks(lock_folder(tmp_path, "homelab", "homelab")) == []
    assert of_the_stack(tmp_path / "nowhere") == []


@pytest.mark.parametrize("content", [None, "{}", '{"checkpoint": {"latest": null}}'])
def test_a_stack_without_operations_has_no_pending_creates(tmp_path: Path, content: str | None) -> None:
    checkpoint = tmp_path / "sandbox.json"
    if content:
        checkpoint.write_text(content)

    assert pending_creates(checkpoint) == []


def test_only_pending_creates_are_found(tmp_path: Path) -> None:
    operations = [{"type": kind, "resource": {"urn": f"{URN}-{kind}"}} for kind in ("creating", "updating", "deleting")]
    checkpoint = tmp_path / "sandbox.json"
    checkpoint.write_text(json.dumps({"version": 3, "checkpoint": {"latest": {"pending_operations": operations}}}))

    assert pending_creates(checkpoint) == [f"{URN}-creating"]


@contextmanager
def ready(*argv: str) -> Iterator[subprocess.Popen[str]]:
    """A process that has printed `ready`: its reaction to signals is then in place."""
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process


def test_removal_stops_a_pulumi_that_holds_the_lock(tmp_path: Path, listener: Listener) -> None:
    # Like pulumi it handles interrupts, even if the tests run with interrupts ignored.
    with ready("env", "--default-signal=INT", "sh", "-c", "echo ready; exec sleep 600") as holder:
        write_lock(tmp_path, pid=holder.pid)

        end_holders(tmp_path, listener)

        assert holder.wait() == -signal.SIGINT
    assert listener.lines == [f"stopping pulumi (process {holder.pid}), which has locked the stack"]


def test_removal_kills_a_pulumi_that_ignores_the_interrupt_and_says_so(tmp_path: Path, listener: Listener) -> None:
    plugin = tmp_path / "plugin"
    script = f"trap '' INT; sleep 600 & echo $! > {plugin}; echo ready; wait"
    with ready("sh", "-c", script) as holder:
        write_lock(tmp_path, pid=holder.pid)

        end_holders(tmp_path, listener, longest=0.5)

        assert holder.wait() == -signal.SIGKILL
    assert listener.lines == [
        f"stopping pulumi (process {holder.pid}), which has locked the stack",
        f"pulumi (process {holder.pid}) did not end within 0.5 s: killing it",
    ]
    left = int(plugin.read_text())
    eventually(
        lambda: not psutil.pid_exists(left) or psutil.Process(left).status() == psutil.STATUS_ZOMBIE,
        "its plugin has ended, too",
    )


def test_a_process_with_the_pid_of_a_stale_lock_keeps_running(tmp_path: Path, listener: Listener) -> None:
    with subprocess.Popen(["sleep", "600"]) as unrelated:
        write_lock(tmp_path, pid=unrelated.pid, timestamp="2001-01-01T00:00:00Z")

        end_holders(tmp_path, listener)

        assert unrelated.poll() is None
        unrelated.kill()
