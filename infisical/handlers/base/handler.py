"""The base class of all handlers, and what they get and return."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, Protocol

from infisical.api.http.session import Session
from infisical.api.marks import mark_of_stack
from infisical.api.secret_cache import SecretCache
from infisical.cluster import Cluster
from infisical.delivery.observer import Observer
from infisical.handlers.base.fields import Change, Failure, Field, check
from infisical.ownership.contents import Contents
from infisical.properties import Properties, is_known

CREATED: Final = "created"
ADOPTED: Final = "adopted"
"""The origin of an object that existed before: it is released, and not deleted, with its resource."""


class Log(Protocol):
    """Messages for the user, shown next to the resource `urn`."""

    async def info(self, message: str, urn: str = "") -> None: ...
    async def warning(self, message: str, urn: str = "") -> None: ...
    async def status(self, message: str, urn: str = "") -> None: ...


@dataclass(frozen=True)
class Operation:
    """One operation on one resource, with the connections that it may use."""

    session: Session
    secrets: SecretCache
    log: Log
    urn: str
    cluster: Cluster
    contents: Contents
    observer: Observer

    @property
    def mark(self) -> str:
        """
        What this stack leaves on the objects that it creates.

        It recognizes them after a killed run, and no other stack takes them over.
        """
        return mark_of_stack(self.urn)

    async def info(self, message: str) -> None:
        await self.log.info(message, self.urn)

    async def warn(self, message: str) -> None:
        await self.log.warning(message, self.urn)

    async def status(self, message: str) -> None:
        """Progress: shown while it is true, and not kept."""
        await self.log.status(message, self.urn)


@dataclass(frozen=True)
class Applied:
    """A resource that was created or updated: its id, and its outputs in addition to the inputs."""

    id: str
    outputs: dict[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Found:
    """A resource as it was read: `inputs` is what a program would declare to get it."""

    id: str
    outputs: dict[str, Any] = field(repr=False)
    inputs: dict[str, Any] = field(repr=False)


class Handler(ABC):
    """
    What the provider does for one type of resource.

    `ensure` looks for an object before it creates one, so that it can run again after an interruption at any point.
    The state holds the outputs and the inputs, except for secret inputs.
    """

    name: ClassVar[str]
    doc: ClassVar[str]
    fields: ClassVar[tuple[Field, ...]]
    outputs: ClassVar[dict[str, str]]
    """The description of each output."""
    secret_outputs: ClassVar[frozenset[str]] = frozenset()
    replaced_when_lost: ClassVar[bool] = False
    """Whether an object that is lost on the server is replaced with a new id. Otherwise it is created with the old."""
    identity_outputs: ClassVar[tuple[str, ...]] = ()
    """The outputs that identify the object on the server when the id is only a name, which can be used again."""
    adopts: ClassVar[bool] = False
    """Whether `ensure` takes over an object that exists, and `precheck` shows it."""
    needs_server: ClassVar[bool] = True
    """Whether it speaks to Infisical. Otherwise a provider that reaches only the cluster is enough."""
    no_import: ClassVar[str] = ""
    """Why it cannot be imported; empty if it can."""
    unverified_output: ClassVar[str | None] = None
    """
    The output that counts as lost when nothing can be read; None if the last known state is kept instead.

    In a preview, a check that got no answer is no change.
    """

    def check(self, inputs: Properties) -> Iterator[Failure]:
        """What is wrong with the inputs."""
        return check(self.fields, inputs)

    def changed(self, old: Properties, new: Properties) -> list[Field]:
        """The fields whose new value asks for something that the old one did not."""
        return [
            field
            for field in self.fields
            if field.change is not Change.NOTHING
            and (not is_known(new.get(field.name)) or field.differs(old.get(field.name), new.get(field.name)))
        ]

    def unknown_outputs(self, old: Properties, new: Properties) -> frozenset[str]:
        """
        The outputs that a preview of this update cannot know.

        :raises Blocked: the update contradicts itself
        """
        return frozenset()

    def announcement(self, old: Properties, new: Properties) -> str:
        """What an update would do beyond what its inputs say; empty if there is nothing."""
        return ""

    async def forecast(self, operation: Operation, old: Properties, new: Properties) -> str:
        """As `announcement`, but asks the server and the cluster; for a new resource too. Raises as `precheck`."""
        return ""

    async def precheck(self, operation: Operation, old: Properties, new: Properties) -> None:
        """
        Check what would stop the operation halfway; previews also run it.

        :param old: empty for a new resource, the replaced one for a replacement
        :raises Blocked: it would be stopped
        """
        return

    async def foreseen(self, operation: Operation, inputs: Properties) -> dict[str, Any]:
        """The outputs that the preview of a new resource knows, because its object exists already."""
        return {}

    @abstractmethod
    async def ensure(self, operation: Operation, inputs: Properties, state: Properties) -> Applied:
        """Create the resource, or update it to match the inputs. `state` is empty the first time."""

    @abstractmethod
    async def read(self, operation: Operation, resource_id: str, state: Properties, inputs: Properties) -> Found | None:
        """
        What is on the server, or None if it is gone. An import has only the id.

        :raises InfisicalError: it cannot be read
        """

    @abstractmethod
    async def lost(self, operation: Operation, resource_id: str, state: Properties) -> str | None:
        """The output whose object is gone or has lost its effect, or None. Sends as few requests as possible."""

    @abstractmethod
    async def delete(self, operation: Operation, resource_id: str, state: Properties) -> None:
        """Delete the object; it may be gone already."""
