"""One examination: the declaration, then everything else that it leads to."""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from declaration import Homelab
from operations.clusters import access_in
from operations.doctor.chain import Result, examine, without_declaration
from operations.doctor.findings import Finding
from operations.doctor.reading.backups import read_backups
from operations.doctor.reading.observe import Asked, RefusedLogin, observe
from operations.doctor.steps.scope import Scope as Observed
from operations.values.scope import Scope
from tooling.stack.declared import Declared, read_declaration
from tooling.stack.throw_away import ThrowAwaySecrets


@dataclass(frozen=True)
class Target:
    """
    What to examine.

    :param app: only this app; None for all
    :param project: the folder with `Pulumi.yaml`
    :param backups: folders of backups; without one, those of the declaration
    """

    app: str | None
    project: Path
    stack: str
    backups: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Examination:
    """
    :param source: the stack file
    :param scope: what was examined and observed; None if the declaration has errors
    :param results: of all steps
    """

    source: str
    at: datetime.datetime
    scope: Observed | None
    results: tuple[Result, ...]


def examined(target: Target, refused: RefusedLogin) -> tuple[Result, ...]:
    """
    The results of all steps.

    :raises OperationError: the declaration does not have the app
    """
    return examination(target, refused).results


def examination(target: Target, refused: RefusedLogin) -> Examination:
    """
    Examine everything once.

    :raises OperationError: the declaration does not have the app
    """
    throw_away = ThrowAwaySecrets()
    declared = read_declaration(target.project, target.stack.rpartition("/")[2], throw_away)
    if declared.homelab is None:
        now = datetime.datetime.now(datetime.UTC)
        return Examination(declared.file, now, None, without_declaration(_problems(declared)))
    homelab: Homelab[None] = declared.homelab
    apps = Scope.of(homelab, target.app).apps
    secrets = [secret for app in apps for secret in app.delivered_secrets]
    kubeconfig, context = access_in(declared.config, throw_away.values)
    asked = Asked(homelab, secrets, kubeconfig, context, target.project, target.stack)
    facts = asyncio.run(observe(asked, refused))
    facts = replace(facts, backups=read_backups(target.backups, homelab.backup, target.stack, facts.now))
    scope = Observed(homelab, tuple(secrets), facts)
    return Examination(homelab.source, facts.now, scope, examine(homelab, secrets, facts))


def _problems(declared: Declared) -> Sequence[Finding]:
    return [
        Finding("declaration", "The declaration has an error", each.fix, (each.path,), each.found, each.expected)
        for each in declared.problems
    ]
