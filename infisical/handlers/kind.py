"""What all kinds of resource have in common, as the provider needs them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from infisical.api.secret_cache import SecretCache
from infisical.api.session import Session
from infisical.delivery.site import Site
from infisical.handlers.fields import Change, Failure, Field, check
from infisical.handlers.properties import Properties, is_known


class Log(Protocol):
    """Messages for the user, beside the resource `urn`."""

    async def info(self, message: str, urn: str = "") -> None: ...
    async def warning(self, message: str, urn: str = "") -> None: ...
    async def status(self, message: str, urn: str = "") -> None: ...


@dataclass(frozen=True)
class Task:
    """One operation on one resource: with what, and for whom."""

    session: Session
    secrets: SecretCache
    log: Log
    urn: str
    site: Site

    async def info(self, message: str) -> None:
        await self.log.info(message, self.urn)

    async def warn(self, message: str) -> None:
        await self.log.warning(message, self.urn)

    async def status(self, message: str) -> None:
        """Progress: shown while it is true, and not kept."""
        await self.log.status(message, self.urn)


@dataclass(frozen=True)
class Made:
    """A resource that is there: its id and its outputs beside the inputs."""

    id: str
    outputs: dict[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Found:
    """A resource as it was read: `inputs` is what a program would have to say to make it so."""

    id: str
    outputs: dict[str, Any] = field(repr=False)
    inputs: dict[str, Any] = field(repr=False)


class Kind(ABC):
    """
    A kind of resource.

    Making finds before it makes, so that it can be done again after it was cut off anywhere. The state holds the
    inputs, but for the secret ones, and the outputs.
    """

    name: ClassVar[str]
    doc: ClassVar[str]
    fields: ClassVar[tuple[Field, ...]]
    outputs: ClassVar[dict[str, str]]
    """What each output is."""
    secret_outputs: ClassVar[frozenset[str]] = frozenset()
    renewed_when_lost: ClassVar[bool] = False
    """Whether what was lost on the server is replaced, with a new id, rather than made again under the old one."""
    told_apart_by: ClassVar[tuple[str, ...]] = ()
    """The outputs that, beside the id, say which thing on the server it is: an id that is a name can come back."""
    doubted: ClassVar[str | None] = None
    """The output that counts as lost where nobody can be asked; None where silence shows nothing."""

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

    def renewed(self, old: Properties, new: Properties) -> frozenset[str]:
        """
        The outputs that an update from the old inputs to the new ones gives values that only it can know.

        :raises Blocked: the update cannot be what its owner means
        """
        return frozenset()

    def announcement(self, old: Properties, new: Properties) -> str:
        """What an update would do that its inputs do not say by themselves; empty where they say it all."""
        return ""

    async def admit(self, task: Task, old: Properties, new: Properties) -> None:
        """
        Ask what must not be begun without, in a preview, too. `old` is empty where it is made, and what is replaced
        where another one is made in its place.

        :raises Blocked: it would be cut short
        """
        return

    @abstractmethod
    async def ensure(self, task: Task, inputs: Properties, state: Properties) -> Made:
        """Make it, or bring it in step with the inputs. `state` is empty the first time."""

    @abstractmethod
    async def read(self, task: Task, resource_id: str, state: Properties, inputs: Properties) -> Found | None:
        """
        What is on the server, or None where it is gone. To import it there is only the id.

        :raises InfisicalError: it cannot be told
        """

    @abstractmethod
    async def lost(self, task: Task, resource_id: str, state: Properties) -> str | None:
        """The output whose object is gone from the server or has lost its effect, or None. Asks as little as it can."""

    @abstractmethod
    async def delete(self, task: Task, resource_id: str, state: Properties) -> None:
        """Remove it; what is gone already is fine."""
