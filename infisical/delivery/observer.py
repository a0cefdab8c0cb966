"""Observes deliveries and asks the operator to sync: one cluster and one Infisical for all checks of a process."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from infisical.api.errors import InfisicalError
from infisical.api.http.clock import Clock
from infisical.api.http.server import is_brief
from infisical.api.http.session import Session
from infisical.api.secret_cache import SecretCache
from infisical.api.served_values import ServedValues
from infisical.cluster import Cluster
from infisical.contents.expected import ExpectedSecret
from infisical.delivery.hashes import ValueHasher
from infisical.delivery.objects import Objects
from infisical.delivery.observation import Bounds, Observation, observe
from infisical.delivery.operator import FORCE, Store, external_secret_path
from infisical.failures import FAILURES, is_passing
from tooling.kubernetes.errors import KubernetesError

DOWN_SECONDS: Final = 60.0
"""How long brief observations repeat the last failure instead of trying again."""


class Observer:
    """What all delivery checks of a process share."""

    def __init__(self, session: Session, cluster: Cluster, secrets: SecretCache) -> None:
        self.cluster = cluster
        self._served = ServedValues(session, secrets)
        self._objects = Objects(cluster, session.server.clock)
        self._clock = session.server.clock
        self._down: tuple[float, InfisicalError | KubernetesError] | None = None
        self._asked: set[str] = set()
        self._reported: set[str] = set()

    @property
    def clock(self) -> Clock:
        return self._clock

    @property
    def served(self) -> ServedValues:
        return self._served

    def is_new(self, message: str) -> bool:
        """Whether nothing has reported this message before in this process. From now on it counts as reported."""
        known = message in self._reported
        self._reported.add(message)
        return not known

    async def observe(self, expected: ExpectedSecret, hasher: ValueHasher, bounds: Bounds) -> Observation:
        """
        Observe once. A brief observation does not try again what just failed.

        :raises InfisicalError, KubernetesError: something cannot be read
        """
        if is_brief() and self._down and self._clock.now() - self._down[0] < DOWN_SECONDS:
            raise self._down[1]
        try:
            found = await observe(expected, self._objects, self._served, hasher, bounds)
        except FAILURES as error:
            if is_passing(error):
                self._down = self._clock.now(), error
            raise
        if found.unread:
            self._down = self._clock.now(), found.unread
        else:
            self._down = None
        return found

    async def request_sync(
        self, expected: ExpectedSecret, store: Store | None, *, new_credentials: bool = False
    ) -> None:
        """
        Make the operator sync the ExternalSecret, and check its store again if that is not Ready.

        A store that could not log in gets one request only: the server locks an identity after three bad logins.

        :raises KubernetesError: the cluster does not answer, or refuses
        """
        now = {FORCE: datetime.now(UTC).isoformat()}
        connection = self.cluster.connection
        once = store is not None and store.path not in self._asked
        if store and (store.failed_otherwise or ((new_credentials or store.refused_the_login) and once)):
            self._asked.add(store.path)
            await connection.annotate(store.path, now)
        await connection.annotate(external_secret_path(expected.namespace, expected.name), now)
