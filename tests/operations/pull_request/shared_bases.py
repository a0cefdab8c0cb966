"""Reports in this process. Each base is deployed once: its reports differ only in their heads."""

from __future__ import annotations

import copy
import functools
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from operations.pull_request import command, comparison
from operations.pull_request.offline.stack import OfflineStack
from operations.pull_request.schemas import Schemas
from tests.operations.pull_request.chain import Repository
from tooling.stack.throw_away import ThrowAwaySecrets


@dataclass(frozen=True)
class Base:
    """What the first report on a base deployed."""

    workspace: Path
    errors: tuple[str, ...]
    state: Any


@dataclass(frozen=True)
class Reported:
    """One run of the command."""

    code: int
    report: str
    said: str


class SharedBases:
    """
    :param repository: with all revisions
    :param folder: keeps the states of the bases
    """

    def __init__(self, repository: Repository, folder: Path) -> None:
        self._repository = repository
        self._folder = folder
        self._bases: dict[str, Base] = {}
        # The values in a kept state are those of all later declarations.
        self._throw_away = ThrowAwaySecrets()
        self._schemas: Callable[..., Schemas] = functools.cache(Schemas)

    def report(
        self, base: str, head: str, temporary: Path, patch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str]
    ) -> Reported:
        """Run the command. Its folder is in `temporary`."""
        patch.setattr("tempfile.tempdir", str(temporary))
        patch.setattr(comparison, "ThrowAwaySecrets", lambda: self._throw_away)
        patch.setattr(comparison, "Schemas", self._schemas)
        patch.setattr(comparison, "OfflineStack", functools.partial(SharedStack, self._bases, self._folder, base))
        capture.readouterr()
        code = command.main(["--base", base, "--head", head, "--repository", str(self._repository.folder)])
        captured = capture.readouterr()
        return Reported(code, captured.out, captured.err)


class SharedStack(OfflineStack):
    """A stack that starts with the state of its base, if an earlier report deployed that base."""

    def __init__(self, bases: dict[str, Base], kept: Path, base: str, folder: Path, *arguments: Any) -> None:
        self._bases, self._kept, self._base = bases, kept / base, base
        if base in bases:
            shutil.copytree(bases[base].workspace, folder / "workspace")
        super().__init__(folder, *arguments)

    def put(self, project: Path) -> tuple[str, ...]:
        if self._base not in self._bases:
            errors = super().put(project)
            self._kept.mkdir()
            shutil.copytree(self._workspace.state, self._kept / "state")
            shutil.copy(self._workspace.passphrase, self._kept)
            self._bases[self._base] = Base(self._kept, errors, super().state(project))
        return self._bases[self._base].errors

    def state(self, project: Path) -> Any:
        return copy.deepcopy(self._bases[self._base].state)
