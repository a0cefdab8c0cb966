"""What the command finds, and what it writes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from declaration import Homelab
from operations.adopt.infisical.comparison import ComparedKey, compare
from operations.adopt.infisical.existing import AGAIN, Existing, Wanted, read_existing
from operations.adopt.infisical.proposals import Proposal, Unfit, propose
from operations.adopt.infisical.settings import (
    INFISICAL,
    Chosen,
    needed_settings,
    provisional_settings,
)
from operations.adopt.writing.changes import Change
from operations.adopt.writing.declared import Declared, read_declared
from operations.adopt.writing.settings import Setting, with_changed, with_values
from operations.errors import OperationError
from operations.stack import Stack
from operations.values.access.asking import ask
from operations.values.access.login import find_access
from tooling.stack.declared import check_config, checked


@dataclass(frozen=True)
class Plan:
    """
    :param declared: with the settings
    :param settings: to write
    :param change: the stack file; None if nothing needs to be written
    """

    declared: Declared
    homelab: Homelab[Any]
    existing: Existing
    settings: tuple[Setting, ...]
    change: Change | None
    keys: tuple[ComparedKey, ...]
    proposals: tuple[Proposal, ...]
    unfit: tuple[Unfit, ...]

    @property
    def imports(self) -> list[str]:
        """The imports of folders, which the declaration does not have."""
        return [
            f"{folder} imports {len(names)} key{'s' * (len(names) != 1)} from {place}"
            for folder, found in self.existing.folders.items()
            for place, names in found.imports.items()
        ]

    @property
    def personal(self) -> list[str]:
        """The keys of which somebody has a personal value."""
        return [f"{name} in {folder}" for folder, found in self.existing.folders.items() for name in found.personal]

    @property
    def is_complete(self) -> bool:
        """Whether everything was read, and an app reads every key that Infisical has."""
        is_read = self.existing.members is not None and self.existing.operators is not None
        return is_read and not (self.proposals or self.unfit)


def make_plan(project: Path, stack: str, chosen: Chosen, identity: Path | None, environment: dict[str, str]) -> Plan:
    """
    :param identity: the file with a login; None for the environment's or the stack's
    :param environment: the variables of this process
    :raises OperationError: the declaration names no Infisical, or Infisical lacks what it names
    """
    declared = read_declared(project, stack.rpartition("/")[2])
    if INFISICAL not in declared.config:
        what = "Infisical is not declared"
        fix = f"add {INFISICAL} with its `url`: docs/reference/declaration.md#homelabinfisical; {AGAIN}"
        raise OperationError(what, found=f"no {INFISICAL} in {declared.file}", fix=fix)
    known = _homelab(declared, provisional_settings(declared.config))
    managed = known.infisical.managed
    if chosen.operator and not managed:
        what = "--operator needs an identity that the program manages"
        raise OperationError(what, found=f"`mode: manual` in {INFISICAL}", fix=f"leave out --operator, {AGAIN}")
    operator = (chosen.operator or managed.operator.name) if managed else ""
    access = find_access(known, lambda: Stack(project, stack), identity, environment)
    wanted = Wanted(
        access.url,
        chosen.project or (declared.store.project_slug if declared.store else ""),
        chosen.environment or (declared.store.environment_slug if declared.store else ""),
        operator,
    )
    place = f"the project {wanted.project!r}" if wanted.project else "the organization"
    existing = ask(access, place, lambda session: read_existing(session, wanted))
    return _plan(declared, chosen, existing)


def _plan(declared: Declared, chosen: Chosen, existing: Existing) -> Plan:
    settings = needed_settings(declared, chosen, existing)
    before = declared.text or ""
    after = with_changed(before, declared.config, settings) if settings else before
    homelab = _homelab(declared, settings)
    now = replace(declared, config=with_values(declared.config, settings), text=after)
    keys = compare(existing, homelab)
    proposals, unfit = propose([each for each in keys if each.result == "not declared"], now, homelab.store)
    change = Change(declared.file, declared.text, after) if settings else None
    return Plan(now, homelab, existing, tuple(settings), change, keys, proposals, unfit)


def _homelab(declared: Declared, settings: list[Setting]) -> Homelab[Any]:
    """The declaration with settings, as the program reads it."""
    return checked(check_config(declared.project, declared.file.name, with_values(declared.config, settings)))
