"""Runs `__main__.py` as the language host does, against a recording monitor."""

from __future__ import annotations

import asyncio
import contextvars
import copy
import gc
import os
import runpy
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pulumi.runtime import configure, set_all_config
from pulumi.runtime.settings import Settings
from pulumi.runtime.stack import run_in_stack

from components.base.debug_log import KEEP
from declaration.objects import STACK
from tests.checkout import CHECKOUT
from tests.components import answers
from tests.components.monitor import Monitor, Registration
from tests.declaration.stack_config import IN_CLEAR, as_passed

GENERATED = {
    "infisical-encryption-key": "0123456789abcdef0123456789abcdef",
    "infisical-auth-secret": "ab" * 32,
    "infisical-postgres-password": "0f1e2d3c4b5a69788796a5b4",
    "infisical-redis-password": "deadbeefdeadbeefdeadbeef",
}
"""What the random provider makes of Infisical's own keys, by resource name."""


INSTALLED = {f"{name}-changed-on": {"valueHash": "hash-of-the-value", "day": "2020-01-31"} for name in GENERATED}
"""What the stashes hold whose values are of an earlier day."""


@dataclass(frozen=True)
class Run:
    """What one run of the program registered, and the values that were generated for it, by resource name."""

    registrations: dict[str, Registration]
    outputs: dict[str, Any]
    logged: list[str]
    made_at_random: dict[str, str]
    invoked: list[tuple[dict[str, Any], str, int]]

    def of_type(self, kind: str) -> list[Registration]:
        """All registrations of a type, given by its last part: `Secret`; of Infisical's with it: `infisical:Secret`."""
        return [found for found in self.registrations.values() if _kind(found.type) == kind]

    def the(self, kind: str, name: str) -> Registration:
        """The one registration of a type and a resource name."""
        (found,) = [found for found in self.of_type(kind) if found.name == name]
        return found

    def objects(self) -> dict[str, dict[str, Any]]:
        """The Kubernetes objects that the program writes, each by `Kind namespace/name`."""
        written = [
            found.inputs
            for found in self.registrations.values()
            if found.type.startswith("kubernetes:") and not found.read
        ]
        named = {
            " ".join(
                (body["kind"], "/".join(filter(None, (body["metadata"].get("namespace"), body["metadata"]["name"]))))
            ): body
            for body in written
        }
        assert len(named) == len(written), "two registrations write one object"
        return named


KEPT_RUNS = 64
_RUNS: dict[str, Run] = {}
"""The runs that tests looked at last, by what they were given."""


def _kind(type_token: str) -> str:
    package, *_, last = type_token.split(":")
    return f"infisical:{last}" if package == "infisical" else last


def run(
    config: Mapping[str, Any],
    *,
    stashed: Mapping[str, Any] | None = None,
    missing: Collection[str] = (),
    project: Mapping[str, Any] | None = None,
    in_use: Mapping[str, Mapping[str, Any]] | None = None,
    preview: bool = False,
    program: Path | None = None,
    of_others: Mapping[str, str] | None = None,
    existing: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None,
) -> Run:
    """
    Run the program with a stack config; its keys lack the project's name, and every credential counts as encrypted.

    :param project: the spec of Argo CD's AppProject
    :param of_others: config of providers, by full key
    :param existing: what the function `existing` returns, or one answer for each call
    :raises pulumi.RunError: as the program does
    """
    # A run takes half a second, and many tests look at the same one.
    made_up = (answers.CREDENTIAL_ID, answers.ACCESS_MODE)
    debug = os.environ.get(KEEP)
    key = repr(
        (config, stashed, sorted(missing), project, in_use, preview, program, of_others, existing, made_up, debug)
    )
    # In another folder, the program reads the files there.
    kept = _RUNS.pop(key, None) if Path.cwd() == CHECKOUT else None
    found = kept or _run(config, stashed, missing, project, in_use, preview, program, of_others, existing)
    if Path.cwd() == CHECKOUT:
        # At the end: the run that was looked at least recently makes room.
        _RUNS[key] = found
        if len(_RUNS) > KEPT_RUNS:
            del _RUNS[next(iter(_RUNS))]
    return copy.deepcopy(found)


def _run(
    config: Mapping[str, Any],
    stashed: Mapping[str, Any] | None,
    missing: Collection[str],
    project: Mapping[str, Any] | None,
    in_use: Mapping[str, Mapping[str, Any]] | None,
    preview: bool,
    program: Path | None,
    of_others: Mapping[str, str] | None,
    existing: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None,
) -> Run:
    monitor = Monitor(GENERATED, stashed or {}, missing, project, in_use or {}, preview, existing or {})
    values = {f"homelab:{key}": value for key, value in as_passed(config).items()} | dict(of_others or {})
    encrypted = [f"homelab:{key}" for key in config if key not in IN_CLEAR]

    def isolated() -> None:
        configure(Settings(project="homelab", stack="homelab", monitor=monitor, engine=monitor, dry_run=preview))
        set_all_config(values, encrypted)
        path = str(program or CHECKOUT / "__main__.py")

        def run() -> None:
            runpy.run_path(path, run_name="__main__")

        try:
            asyncio.run(run_in_stack(run))
        finally:
            # The program leaves it switched off, which suits a process that ends.
            gc.enable()

    contextvars.copy_context().run(isolated)
    return Run(monitor.registrations, monitor.outputs, monitor.logged, monitor.made_at_random, monitor.invoked)


def without_field_manager(written: Mapping[str, Any]) -> dict[str, Any]:
    """The object without the annotations that mark what the program made: its field manager and its stack."""
    metadata = dict(written["metadata"])
    annotations = dict(metadata.pop("annotations", {}))
    for mark in ("pulumi.com/patchFieldManager", STACK):
        annotations.pop(mark, None)
    return {**written, "metadata": {**metadata, **({"annotations": annotations} if annotations else {})}}
