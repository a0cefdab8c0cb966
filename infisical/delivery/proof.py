"""One delivery being proven: asking the operator, looking, waiting, and giving up with the cause."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from infisical.api.errors import InfisicalError
from infisical.api.server import tried_once
from infisical.delivery.confidential import Confidential
from infisical.delivery.declaration import Declaration
from infisical.delivery.look import Bounds, Look, is_passing
from infisical.delivery.operator import Stamp
from infisical.delivery.report import not_delivered
from infisical.delivery.verdict import Problem, Verdict, judge

if TYPE_CHECKING:
    from infisical.handlers.kind import Task

POLL_SECONDS: Final = 0.5
FRESH_SECONDS: Final = 5.0
"""How old Infisical's values may be while waiting: they are one request for all apps of a folder."""

LOOK_SECONDS: Final = 10.0
SHORTEST_LOOK_SECONDS: Final = 1.0
GLANCE_SECONDS: Final = 1.5
"""For each of cluster and Infisical, in a preview."""

LASTING_SECONDS: Final = 5.0
"""How long to look at what waiting cannot help: the other apps' deliveries, which a failure would cut off, go on."""

FIRST_PAUSE_SECONDS: Final = 10.0
"""Between the first request to sync and the second; each further pause is twice as long."""


class Proof:
    """
    :param task: the operation that needs it
    :param credentials_renewed: the store is to log in again, since nothing tells the operator of new credentials
    """

    def __init__(self, task: Task, declared: Declaration, *, credentials_renewed: bool = False) -> None:
        self._task = task
        self._site = task.site
        self._declared = declared
        # A literal is often the app's name, and hidden it would be missing in the commands that the error names.
        names = (declared.namespace, declared.name, declared.secret_name)
        self._confidential = Confidential((*declared.literals.values(), *names))
        self._told = ""
        self._renewed = credentials_renewed

    async def glance(self) -> Verdict:
        """
        What a short look shows.

        :raises InfisicalError: nothing can be seen in so short a time
        """
        seen = await self._look(FRESH_SECONDS, GLANCE_SECONDS)
        if seen.unread:
            raise seen.unread
        return judge(self._declared, seen)

    async def look_once(self) -> Verdict:
        """What a look shows; what cannot be looked at is a problem like others."""
        try:
            with tried_once():
                return judge(self._declared, await self._look(FRESH_SECONDS, LOOK_SECONDS))
        except InfisicalError as error:
            return Verdict((Problem("", str(error)),))

    async def wait(self, longest: float) -> Verdict:
        """
        Make the operator sync, and return when nothing is wrong but that optional keys are missing.

        :raises NotDelivered: it was not delivered within `longest` seconds
        :raises InfisicalError: the cluster or Infisical does not let it be looked at
        """
        clock = self._site.clock
        began = clock.now()
        pace = _Pace(began)
        before: Stamp | None = None
        while True:
            left = max(began + longest - clock.now(), SHORTEST_LOOK_SECONDS)
            try:
                with tried_once():
                    seen = await self._look(0.0 if before is None else FRESH_SECONDS, min(left, LOOK_SECONDS))
                found = seen.external_secret
                before = found.stamp if found and before is None else before
                verdict = judge(self._declared, seen, before)
            except InfisicalError as error:
                if not is_passing(error):
                    raise
                seen, verdict = Look(), Verdict((Problem("", str(error)),))
            if not verdict.problems:
                return verdict
            waited = clock.now() - began
            if waited >= longest or (verdict.lasting and waited >= LASTING_SECONDS):
                connection, confidential = self._site.connection, self._confidential
                raise await not_delivered(self._declared, verdict, seen, connection, confidential, waited)
            if seen.external_secret and pace.is_due(clock.now(), seen):
                await self._ask(seen)
            await self._tell(f"{self._declared.id}, {waited:.0f} s of at most {longest:.0f} s: {verdict.problems[0]}")
            await clock.sleep(POLL_SECONDS)

    async def _ask(self, seen: Look) -> None:
        try:
            await self._site.ask(self._declared, seen.store, renewed=self._renewed)
        except InfisicalError as error:
            if not is_passing(error):
                raise
            await self._tell(str(error))

    async def _tell(self, progress: str) -> None:
        if progress != self._told:
            self._told = progress
            await self._task.status(progress)

    async def _look(self, age: float, longest: float) -> Look:
        bounds = Bounds(self._site.clock.now() - age, longest)
        return await self._site.look(self._declared, self._confidential, bounds)


class _Pace:
    """When to ask the operator: at once, when its store has become Ready, and else ever more rarely."""

    def __init__(self, began: float) -> None:
        self._next = began
        self._pause = FIRST_PAUSE_SECONDS
        self._store_was_ready = True

    def is_due(self, now: float, seen: Look) -> bool:
        ready = seen.store is not None and seen.store.ready.good
        due = now >= self._next or (ready and not self._store_was_ready)
        self._store_was_ready = ready
        if due:
            self._next = now + self._pause
            self._pause *= 2
        return due
