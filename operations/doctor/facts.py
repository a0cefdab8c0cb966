"""What the doctor's readers observed. No repr contains a value."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from infisical.api.folders import Location
from infisical.api.projects import Project
from infisical.delivery.hashes import ValueHash, ValueHasher

Object = Mapping[str, Any]
"""An object of Kubernetes."""


@dataclass(frozen=True)
class Unread:
    """Something that could not be read. `reason` is one line, and says what to do if the user lacks a right."""

    reason: str

    @classmethod
    def because(cls, error: Exception) -> Unread:
        return cls(cause_of(error))


def cause_of(error: Exception) -> str:
    """What an error reports, without what to check next."""
    return str(error).partition(" Check ")[0].rstrip(".")


@dataclass(frozen=True)
class Held:
    """
    A Secret of this program's own: its values by key.

    :param writers: by key, the field managers other than this program
    """

    values: Mapping[str, bytes] = field(repr=False)
    resource_version: str = ""
    writers: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Obstacle:
    """What may keep the operator from reaching Infisical, in one line, and the command that removes it."""

    what: str
    fix: str


@dataclass(frozen=True)
class Cluster:
    """
    Objects by `namespace/name`, or by name. None: it does not exist.

    :param own: the Secrets that Infisical and the store start with
    :param operator: whether the API server serves the operator's kinds
    :param operator_pods: of the operator, in its usual namespace; none if it runs elsewhere
    :param lacking: the fields of the declaration that the installed operator lacks
    :param secrets: the Secrets of the apps
    :param backup_job: the CronJob that backs up the database, if one is declared
    :param obstacles: what may keep the operator from reaching Infisical, if a store is not Ready
    :param logs: the last lines of each container of Infisical that ended, by place of its pod and name
    :param warnings: the newest warnings about objects that are not well, by kind and place
    """

    server: str = ""
    version: str = ""
    seconds_ahead: float | None = None
    own: Mapping[str, Held | Unread | None] = field(default_factory=dict, repr=False)
    application: Object | Unread | None = field(default=None, repr=False)
    project: Object | Unread | None = field(default=None, repr=False)
    infisical_pods: Sequence[Object] | Unread = field(default=(), repr=False)
    operator: bool | Unread = True
    operator_pods: Sequence[Object] | Unread = field(default=(), repr=False)
    lacking: Sequence[str] = ()
    stores: Mapping[str, Object] | Unread = field(default_factory=dict, repr=False)
    external_secrets: Mapping[str, Object] | Unread = field(default_factory=dict, repr=False)
    secrets: Mapping[str, Object] | Unread = field(default_factory=dict, repr=False)
    app_pods: Sequence[Object] | Unread = field(default=(), repr=False)
    backup_job: Object | Unread | None = field(default=None, repr=False)
    obstacles: Sequence[Obstacle] = ()
    logs: Mapping[tuple[str, str], str | Unread] = field(default_factory=dict, repr=False)
    warnings: Mapping[tuple[str, str], Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Certificate:
    """Of Infisical's address. `expires` is None if it could not be read; `refused` says why it is not trusted."""

    expires: datetime.datetime | None = None
    refused: str = ""


@dataclass(frozen=True)
class Login:
    """
    The login with the credentials in the store's Secret. `status` is 200, that of the refusal, or 0 without an answer.
    """

    status: int = 0
    reason: str = ""

    @property
    def accepted(self) -> bool:
        return self.status == 200


@dataclass(frozen=True)
class Folder:
    """
    The values of a folder that apps read.

    :param refused: why the operator's identity may not read it
    :param unreadable: the names whose values refer to a secret that the identity may not read
    """

    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    exists: bool = True
    refused: str = ""
    unreadable: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Infisical:
    """
    :param silent: why it does not answer; empty if it does
    :param initialized: None if unknown
    :param login: None if there are no credentials to try
    :param project: None if no project has the slug; Unread if the login is no member
    """

    url: str
    silent: str = ""
    certificate: Certificate = Certificate()
    initialized: bool | None = None
    seconds_ahead: float | None = None
    login: Login | None = None
    project: Project | Unread | None = field(default=None, repr=False)
    folders: Mapping[Location, Folder] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Backup:
    """
    The newest backup in a folder.

    :param newest: how old it is, in words; empty if the folder cannot be read
    :param problems: why it is no current backup
    """

    target: str
    newest: str = ""
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Facts:
    """
    :param cluster: Unread if it does not answer
    :param rotations: the stack output of that name, by value
    :param hashes: by ExternalSecret, the hash of each key of its Secret; None if the Secret does not exist
    :param hasher: has hashed every value, and hides them
    :param backups: in each folder that was named
    """

    cluster: Cluster | Unread
    infisical: Infisical
    rotations: Mapping[str, str] | Unread
    now: datetime.datetime
    hasher: ValueHasher = field(default_factory=ValueHasher, repr=False)
    hashes: Mapping[str, Mapping[str, ValueHash] | None] = field(default_factory=dict, repr=False)
    backups: tuple[Backup, ...] = ()
