"""The check of one delivery: request a sync, observe, wait, and give up with the cause."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final

from infisical.api.http.server import single_attempts
from infisical.contents.expected import ExpectedSecret
from infisical.delivery.findings import Findings, Problem, evaluate
from infisical.delivery.hashes import ValueHasher
from infisical.delivery.observation import Bounds, Observation
from infisical.delivery.observer import Observer
from infisical.delivery.operator import Stamp
from infisical.delivery.references import FlawedValue, ValueInspection
from infisical.delivery.report import not_delivered
from infisical.delivery.stores import lost_logins
from infisical.failures import FAILURES, is_passing

POLL_SECONDS: Final = 0.5
FIRST_POLL_SECONDS: Final = 0.1
"""The operator needs less than a second for most syncs. A check that waits longer asks less often."""

FRESH_SECONDS: Final = 5.0
"""How old Infisical's values may be while waiting: they are one request for all apps of a folder."""

OBSERVE_SECONDS: Final = 30.0
SHORTEST_OBSERVE_SECONDS: Final = 1.0
BRIEF_SECONDS: Final = 60.0
"""For the cluster and for Infisical each, in a preview: long enough for a login and a list, each answered slowly."""

LASTING_SECONDS: Final = 5.0
"""How long to wait despite a lasting problem: a failure would stop the deliveries of other apps."""

FIRST_PAUSE_SECONDS: Final = 10.0
"""Between the first request to sync and the second; each further pause is twice as long."""

Progress = Callable[[str], Awaitable[None]]
"""Shows what the check waits for."""


class DeliveryCheck:
    """
    :param inspection: finds the values that the operator may not read
    :param new_credentials: the store must log in again, since nothing tells the operator about new credentials
    :param rotated: a value in Infisical was rotated. It must arrive, although a generator then makes new values too
    """

    def __init__(
        self,
        observer: Observer,
        expected: ExpectedSecret,
        progress: Progress,
        inspection: ValueInspection,
        *,
        new_credentials: bool = False,
        rotated: bool = False,
    ) -> None:
        self._observer = observer
        self._expected = expected
        self._progress = progress
        self._inspection = inspection
        # A literal is often the app's name, which the commands of an error must show.
        names = (expected.namespace, expected.name, expected.secret_name)
        self._hasher = ValueHasher((*expected.literals.values(), *names))
        self._last_progress = ""
        self._new_credentials = new_credentials
        # A generator makes new values at each sync.
        self._spares_values = bool(expected.generator) and not rotated

    async def brief(self) -> Findings:
        """
        What a brief observation shows.

        :raises InfisicalError, KubernetesError: nothing can be read in so short a time
        """
        found = await self._observe(BRIEF_SECONDS)
        if found.unread:
            raise found.unread
        return await self._explained(evaluate(self._expected, found), found)

    async def once(self) -> Findings:
        """What one observation shows; a failure to read is one of the problems."""
        try:
            with single_attempts():
                found = await self._observe(OBSERVE_SECONDS)
                return await self._explained(evaluate(self._expected, found), found)
        except FAILURES as error:
            return Findings((Problem("", str(error)),))

    async def wait(self, longest: float) -> Findings:
        """
        Make the operator sync, and return when nothing but optional keys is missing.

        :raises NotDelivered: the delivery is not complete within `longest` seconds
        :raises InfisicalError, KubernetesError: the cluster or Infisical refuses to be read
        """
        clock = self._observer.clock
        began = clock.now()
        pace = _Pace(began)
        before: Stamp | None = None
        found: Observation | None = None
        stored = True
        while True:
            now = clock.now()
            left = max(began + longest - now, SHORTEST_OBSERVE_SECONDS)
            bounds = Bounds(
                now if before is None else now - FRESH_SECONDS,
                min(left, OBSERVE_SECONDS),
                stored=stored,
                waiting=True,
                previous=found,
                since=before,
            )
            try:
                with single_attempts():
                    found = await self._observer.observe(self._expected, self._hasher, bounds)
                external_secret = found.external_secret
                before = external_secret.stamp if external_secret and before is None else before
                # The operator has read Infisical since the check began: what differs now has changed since this
                # process has read it.
                stored = stored and not (external_secret and external_secret.stamp != before)
                # Then a sync of any age counts.
                older = None if self._spares_values else before
                findings = await self._explained(evaluate(self._expected, found, older), found)
            except FAILURES as error:
                if not is_passing(error):
                    raise
                found, findings = None, Findings((Problem("", str(error)),))
            if not findings.problems:
                return findings
            waited = clock.now() - began
            if waited >= longest or (findings.lasting and waited >= LASTING_SECONDS):
                connection = self._observer.cluster.connection
                raise await not_delivered(self._expected, findings, found, connection, self._hasher, waited)
            if found and self._may_sync(found) and pace.is_due(clock.now(), found):
                await self._request_sync(found)
            await self._show(f"{self._expected.id}, {waited:.0f} s of at most {longest:.0f} s: {findings.problems[0]}")
            await clock.sleep(min(FIRST_POLL_SECONDS + waited / 2, POLL_SECONDS))

    async def _explained(self, findings: Findings, found: Observation) -> Findings:
        """Adds why the operator cannot read a value: its own reports do not name it, or only in an event."""
        if not findings.problems or found.unread or found.external_secret is None:
            return findings
        if lost := await lost_logins(found.store, self._observer.cluster.connection.get):
            problem = Problem("", f"Secret {', '.join(lost)} not found: the store logs in with it", lasting=True)
            return replace(findings, problems=(problem, *findings.problems))
        unreadable = [flaw for flaw in await self._inspection.flaws() if flaw.is_unreadable]
        failed = not found.external_secret.ready.good
        reasons = [Problem(key, str(flaw), lasting=failed) for flaw in unreadable for key in self._keys_of(flaw)]
        return replace(findings, problems=(*reasons, *findings.problems))

    def _keys_of(self, flaw: FlawedValue) -> list[str]:
        return sorted(key for key, source in self._expected.sources.items() if source == flaw.source)

    def _may_sync(self, found: Observation) -> bool:
        """Whether a sync replaces no value in use."""
        external_secret = found.external_secret
        failed = external_secret is not None and external_secret.ready.status == "False"
        return external_secret is not None and (failed or not self._spares_values)

    async def _request_sync(self, found: Observation) -> None:
        try:
            await self._observer.request_sync(self._expected, found.store, new_credentials=self._new_credentials)
        except FAILURES as error:
            if not is_passing(error):
                raise
            await self._show(str(error))

    async def _show(self, progress: str) -> None:
        if progress != self._last_progress:
            self._last_progress = progress
            await self._progress(progress)

    async def _observe(self, longest: float) -> Observation:
        bounds = Bounds(self._observer.clock.now() - FRESH_SECONDS, longest)
        return await self._observer.observe(self._expected, self._hasher, bounds)


class _Pace:
    """When to request a sync: at once, when the store has become Ready, and otherwise at growing intervals."""

    def __init__(self, began: float) -> None:
        self._next = began
        self._pause = FIRST_PAUSE_SECONDS
        self._store_was_ready = True

    def is_due(self, now: float, found: Observation) -> bool:
        ready = found.store is not None and found.store.ready.good
        due = now >= self._next or (ready and not self._store_was_ready)
        self._store_was_ready = ready
        if due:
            self._next = now + self._pause
            self._pause *= 2
        return due
