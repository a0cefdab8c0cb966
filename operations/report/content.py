"""What a report contains. No value is in it."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from operations.dates import Dates
from operations.doctor.chain import Result
from operations.doctor.findings import Finding


class Source(StrEnum):
    """Where the value of a key comes from."""

    GENERATED = "generated"
    CONFIG = "stack config"
    MANUAL = "set in Infisical"
    LITERAL = "literal"
    TEMPLATE = "template"
    FOLDER = "whole folder"
    STORE = "other store"
    GENERATOR = "generator"


@dataclass(frozen=True)
class Origin:
    """
    :param detail: what kind of value it is, or what it is made of
    :param place: its address in Infisical or in the other store; empty if it is in neither
    :param label: the name of the value in `homelab:rotations`; empty if it has no date
    :param others: the other apps that read the same value
    """

    source: Source
    detail: str = ""
    place: str = ""
    label: str = ""
    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class Delivery:
    """
    Whether a Secret holds what it must.

    :param delivered: None if that is not known
    :param reason: why not, or why it is not known
    """

    delivered: bool | None
    reason: str = ""


@dataclass(frozen=True)
class Reader:
    """
    A workload that reads a key.

    :param name: as kubectl names it, such as `deployment/grafana`
    :param ways: such as `environment TOKEN` or `file /etc/web/token`
    :param restarts: whether a rotation restarts it
    """

    name: str
    ways: tuple[str, ...]
    restarts: bool = False


@dataclass(frozen=True)
class KeyPart:
    """
    A key of a Secret.

    :param in_secret: False if only templates read it
    """

    name: str
    origin: Origin
    delivery: Delivery
    dates: Dates | None = None
    readers: tuple[Reader, ...] = ()
    in_secret: bool = True

    def is_overdue(self, today: datetime.date) -> bool:
        return self.dates is not None and self.dates.is_overdue(today)

    @property
    def is_undelivered(self) -> bool:
        return self.delivery.delivered is False


@dataclass(frozen=True)
class SecretPart:
    """
    :param store: what its ExternalSecret reads
    :param synced: None if that is not known
    :param sync: the state of its ExternalSecret in the operator's words
    :param refreshed: when the operator read the values last
    """

    namespace: str
    name: str
    external_secret: str
    store: str
    refresh_interval: str
    synced: bool | None
    sync: str
    refreshed: datetime.datetime | None
    keys: tuple[KeyPart, ...]

    @property
    def place(self) -> str:
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True)
class AppPart:
    """
    :param restarts: the workloads that a rotation restarts
    """

    name: str
    namespace: str
    restarts: tuple[str, ...]
    secrets: tuple[SecretPart, ...]

    @property
    def keys(self) -> Iterator[KeyPart]:
        for secret in self.secrets:
            yield from secret.keys


@dataclass(frozen=True)
class OwnValue:
    """A value of Infisical's own, such as its `AUTH_SECRET`."""

    name: str
    dates: Dates


@dataclass(frozen=True)
class Counts:
    """
    :param keys: of Secrets
    :param overdue: values of the apps and of Infisical's own whose rotation is overdue
    :param unknown: keys of which it is not known whether they are delivered
    :param unchecked: steps of the doctor
    """

    apps: int
    secrets: int
    keys: int
    overdue: int
    undelivered: int
    unknown: int
    errors: int
    warnings: int
    unchecked: int


@dataclass(frozen=True)
class Content:
    """
    :param declared_in: the stack file
    :param server: the address of the Kubernetes API; empty if it does not answer
    :param steps: the doctor's, with their findings
    :param undated: why no ages are known; empty if they are
    """

    declared_in: str
    stack: str
    at: datetime.datetime
    server: str
    steps: tuple[Result, ...]
    apps: tuple[AppPart, ...]
    own: tuple[OwnValue, ...]
    undated: str = ""

    @property
    def today(self) -> datetime.date:
        return self.at.date()

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(finding for step in self.steps for finding in step.outcome.findings)

    @property
    def counts(self) -> Counts:
        keys = [key for app in self.apps for key in app.keys]
        # Apps that read one value have one rotation.
        overdue = {key.origin.label for key in keys if key.is_overdue(self.today)}
        overdue |= {own.name for own in self.own if own.dates.is_overdue(self.today)}
        errors = sum(not finding.warning for finding in self.findings)
        return Counts(
            apps=len(self.apps),
            secrets=sum(len(app.secrets) for app in self.apps),
            keys=sum(key.in_secret for key in keys),
            overdue=len(overdue),
            undelivered=sum(key.is_undelivered for key in keys),
            unknown=sum(key.in_secret and key.delivery.delivered is None for key in keys),
            errors=errors,
            warnings=len(self.findings) - errors,
            unchecked=sum(step.outcome.status == "not-checked" for step in self.steps),
        )
