"""Where deliveries take place: one cluster and one Infisical, shared by all deliveries of a process."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from infisical.api.clock import Clock
from infisical.api.errors import InfisicalError
from infisical.api.served_values import ServedValues
from infisical.api.server import hurried
from infisical.api.session import Session
from infisical.delivery.confidential import Confidential
from infisical.delivery.declaration import Declaration
from infisical.delivery.look import Bounds, Look, is_passing, look
from infisical.delivery.operator import FORCE, Store, external_secret_path

if TYPE_CHECKING:
    from tooling.kubernetes.connection import Connection

DOWN_SECONDS: Final = 30.0
"""How long one look without an answer stands for all hurried ones."""


class Site:
    """
    Connects when it is first looked at. Close it after use.

    :param kubeconfig: its text or path; the ambient one where it is empty
    :param context: the kubeconfig's current one where it is empty
    """

    def __init__(self, session: Session, kubeconfig: str = "", context: str = "") -> None:
        self._served = ServedValues(session)
        self._clock = session.server.clock
        self._kubeconfig, self._context = kubeconfig, context
        self._connection: Connection | None = None
        self._down: tuple[float, InfisicalError] | None = None
        self._asked: set[str] = set()

    async def close(self) -> None:
        if self._connection:
            await self._connection.close()

    @property
    def clock(self) -> Clock:
        return self._clock

    @property
    def connection(self) -> Connection:
        """:raises ClusterUnreachable: the kubeconfig leads nowhere, or its credentials cannot be used"""
        if self._connection is None:
            # Slow to load, and of no use to the other kinds of resource.
            from tooling.kubernetes.connection import Connection
            from tooling.kubernetes.kubeconfig import find_access

            self._connection = Connection(find_access(self._kubeconfig, self._context))
        return self._connection

    async def look(self, declared: Declaration, confidential: Confidential, bounds: Bounds) -> Look:
        """
        Look once. One that is in a hurry does not try what just gave no answer.

        :raises InfisicalError: something cannot be looked at
        """
        if hurried() and self._down and self._clock.now() - self._down[0] < DOWN_SECONDS:
            raise self._down[1]
        try:
            seen = await look(declared, self.connection, self._served, confidential, bounds)
        except InfisicalError as error:
            if is_passing(error):
                self._down = self._clock.now(), error
            raise
        if seen.unread:
            self._down = self._clock.now(), seen.unread
        return seen

    async def ask(self, declared: Declaration, store: Store | None, *, renewed: bool = False) -> None:
        """
        Make the operator sync the ExternalSecret, and look after its store where that is not Ready.

        A store that could not log in is asked once only: the server locks an identity after three bad logins.

        :param renewed: the store's credentials are new ones
        :raises InfisicalError: it cannot be asked
        """
        now = {FORCE: datetime.now(UTC).isoformat()}
        once = store is not None and store.path not in self._asked
        if store and (store.failed_otherwise or ((renewed or store.refused_the_login) and once)):
            self._asked.add(store.path)
            await self.connection.annotate(store.path, now)
        await self.connection.annotate(external_secret_path(declared.namespace, declared.name), now)
