"""What a killed pulumi leaves behind, as files of its backend."""

from __future__ import annotations

import datetime
import json
import os
import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest

from sandbox.stack.locks import locks
from sandbox.stack.pending import PendingCreate, pending_creates, refresh_arguments

URN = "urn:pulumi:sandbox::homelab::kubernetes:core/v1:Secret::web"


def write_lock(state: Path, **changed: Any) -> None:
    folder = state / ".pulumi" / "locks" / "organization" / "homelab" / "sandbox"
    folder.mkdir(parents=True, exist_ok=True)
    now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.123456789Z")
    content = {"pid": os.getpid(), "username": "me", "hostname": socket.gethostname(), "timestamp": now, **changed}
    (folder / "0b4d4c2a.json").write_text(json.dumps(content))


def dead_pid() -> int:
    with subprocess.Popen(["true"]) as process:
        pass
    return process.pid


def write_checkpoint(path: Path, *operations: dict[str, Any]) -> Path:
    path.write_text(json.dumps({"version": 3, "checkpoint": {"latest": {"pending_operations": list(operations)}}}))
    return path


def creating(of_type: str, **inputs: Any) -> dict[str, Any]:
    return {"type": "creating", "resource": {"urn": URN, "type": of_type, "inputs": inputs}}


def test_a_lock_of_a_living_pulumi_is_not_stale(tmp_path: Path) -> None:
    write_lock(tmp_path)

    (lock,) = locks(tmp_path, "homelab", "sandbox")
    assert lock.pid == os.getpid()
    assert not lock.is_stale


def test_a_lock_of_a_dead_one_is_stale(tmp_path: Path) -> None:
    write_lock(tmp_path, pid=dead_pid())

    assert [lock.is_stale for lock in locks(tmp_path, "homelab", "sandbox")] == [True]


def test_a_lock_that_is_older_than_its_process_is_stale(tmp_path: Path) -> None:
    write_lock(tmp_path, timestamp="2001-01-01T00:00:00Z")

    assert [lock.is_stale for lock in locks(tmp_path, "homelab", "sandbox")] == [True]


def test_a_lock_of_another_machine_is_left_alone(tmp_path: Path) -> None:
    write_lock(tmp_path, pid=dead_pid(), hostname="elsewhere")

    assert [lock.is_stale for lock in locks(tmp_path, "homelab", "sandbox")] == [False]


def test_no_lock_and_locks_of_other_stacks_are_no_lock(tmp_path: Path) -> None:
    write_lock(tmp_path)

    assert locks(tmp_path, "homelab", "homelab") == []
    assert locks(tmp_path / "nowhere", "homelab", "sandbox") == []


@pytest.mark.parametrize("content", [None, "{}", '{"checkpoint": {"latest": null}}'])
def test_a_stack_without_anything_pending_has_nothing_pending(tmp_path: Path, content: str | None) -> None:
    checkpoint = tmp_path / "sandbox.json"
    if content:
        checkpoint.write_text(content)

    assert pending_creates(checkpoint) == []


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        (
            creating(
                "kubernetes:core/v1:Secret",
                apiVersion="v1",
                kind="Secret",
                metadata={"name": "web", "namespace": "apps"},
                data={"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"},
            ),
            ["--import-pending-creates", URN, "--import-pending-creates", "apps/web", "--clear-pending-creates"],
        ),
        (
            creating("kubernetes:core/v1:Namespace", apiVersion="v1", kind="Namespace", metadata={"name": "web"}),
            ["--import-pending-creates", URN, "--import-pending-creates", "web", "--clear-pending-creates"],
        ),
        (creating("random:index/randomPassword:RandomPassword", length=32), ["--clear-pending-creates"]),
        (
            creating(
                "kubernetes:core/v1:SecretPatch",
                apiVersion="v1",
                kind="Secret",
                metadata={"name": "argocd-secret", "namespace": "argocd"},
            ),
            ["--clear-pending-creates"],
        ),
    ],
)
def test_an_object_that_the_cluster_has_is_imported_and_all_else_begun_anew(
    tmp_path: Path, operation: dict[str, Any], expected: list[str]
) -> None:
    pending = pending_creates(write_checkpoint(tmp_path / "sandbox.json", operation))

    assert refresh_arguments(pending, lambda *_: True) == expected
    assert refresh_arguments(pending, lambda *_: False) == ["--clear-pending-creates"]


def test_only_creates_are_settled(tmp_path: Path) -> None:
    updating = {**creating("kubernetes:core/v1:Secret"), "type": "updating"}

    assert pending_creates(write_checkpoint(tmp_path / "sandbox.json", updating)) == []


def test_the_cluster_is_asked_for_the_very_object(tmp_path: Path) -> None:
    asked: list[tuple[str, str, str, str | None]] = []
    pending = PendingCreate(URN, "external-secrets.io/v1", "ExternalSecret", "web", "apps")

    def exists(api_version: str, kind: str, name: str, namespace: str | None) -> bool:
        asked.append((api_version, kind, name, namespace))
        return False

    refresh_arguments([pending], exists)

    assert asked == [("external-secrets.io/v1", "ExternalSecret", "web", "apps")]
