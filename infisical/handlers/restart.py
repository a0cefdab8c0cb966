"""Restart: the pods that read a value only when they start, after it was rotated."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Final

from infisical.api.errors import Blocked, InfisicalError
from infisical.delivery.look import is_passing
from infisical.handlers import allowed, marker
from infisical.handlers.fields import Change, Field
from infisical.handlers.kind import Found, Kind, Made, Task
from infisical.handlers.properties import Properties, is_known
from tooling.kubernetes.workloads import (
    Workload,
    has_pods,
    left_to_do,
    restart_patch,
    workload,
    workload_of,
)

TIMEOUT_SECONDS: Final = 300.0
POLL_SECONDS: Final = 0.5


def _workloads(texts: list[str]) -> str | None:
    if not texts:
        return "at least one workload, such as deployment/grafana"
    return next((f"a list of workloads, each {wrong}" for wrong in map(workload, texts) if wrong), None)


class Restart(Kind):
    name = "Restart"
    doc = (
        "A restart of workloads, as `kubectl rollout restart` does it, whenever one of the texts in `triggers` becomes "
        "another one; waits until the new pods are ready. Making it restarts those whose pods ran before a text was "
        "set. Deleting it deletes nothing."
    )
    fields = (
        Field(
            name="namespace",
            type="text",
            required=True,
            change=Change.REPLACE,
            allowed=allowed.not_empty,
            doc="the workloads' namespace",
        ),
        Field(
            name="workloads",
            type="texts",
            required=True,
            change=Change.NOTHING,
            allowed=_workloads,
            doc="what to restart, such as deployment/grafana",
        ),
        Field(
            name="triggers",
            type="mapping",
            required=True,
            differs=marker.some_moved,
            doc="by what is rotated any text: another one asks for a restart, and an empty one for nothing",
        ),
        Field(
            name="timeoutSeconds",
            type="number",
            default=TIMEOUT_SECONDS,
            change=Change.NOTHING,
            allowed=allowed.seconds,
            doc="how long to wait for the new pods",
        ),
    )
    outputs = {"restartedAt": "when it was done last; empty before the first time"}  # noqa: RUF012

    def renewed(self, old: Properties, new: Properties) -> frozenset[str]:
        return frozenset(self.outputs)

    def announcement(self, old: Properties, new: Properties) -> str:
        before, now = old.mapping("triggers"), new.get("triggers")
        rotated = now if isinstance(now, dict) else {}
        keys = [key for key, text in rotated.items() if not is_known(text) or marker.moved(before.get(key, ""), text)]
        workloads = ", ".join(f"{new.text('namespace')}/{each}" for each in new.texts("workloads"))
        return f"restarts {workloads}" + (f", since {' and '.join(sorted(keys))} is rotated" if keys else "")

    async def ensure(self, task: Task, inputs: Properties, state: Properties) -> Made:
        workloads = [workload_of(inputs.text("namespace"), text) for text in inputs.texts("workloads")]
        asked = marker.some_moved(state.get("triggers"), inputs.mapping("triggers"))
        if asked and not state:
            # One that is not there, or has no pod yet, starts with the values of now.
            workloads = [each for each in workloads if has_pods(await task.site.connection.get(each.path) or {})]
        at = state.text("restartedAt")
        if asked and workloads:
            at = datetime.now(UTC).isoformat(timespec="seconds")
            await self._restart(task, workloads, at, inputs.number("timeoutSeconds", TIMEOUT_SECONDS))
        return Made(f"{inputs.text('namespace')}/{'+'.join(inputs.texts('workloads'))}", {"restartedAt": at})

    async def read(self, task: Task, resource_id: str, state: Properties, inputs: Properties) -> Found | None:
        if "workloads" not in state:
            message = (
                f"a Restart is something done and no object: there is nothing to import as {resource_id!r}. Declare "
                "it without `import_`, and run `pulumi up`."
            )
            raise Blocked(message)
        return Found(resource_id, {"restartedAt": state.text("restartedAt")}, dict(inputs))

    async def lost(self, task: Task, resource_id: str, state: Properties) -> str | None:
        return None

    async def delete(self, task: Task, resource_id: str, state: Properties) -> None:
        """There is nothing to remove: the pods run on."""

    async def _restart(self, task: Task, workloads: Collection[Workload], at: str, longest: float) -> None:
        for each in workloads:
            await task.status(f"restarts {each}")
            if await task.site.connection.merge(each.path, restart_patch(at)) is None:
                raise Blocked(_absent(each))
        clock = task.site.clock
        began = clock.now()
        for each in workloads:
            while left := await self._left(task, each):
                if clock.now() - began >= longest:
                    raise Blocked(_late(each, left, longest))
                await task.status(f"waits for {each}: {left}")
                await clock.sleep(POLL_SECONDS)

    async def _left(self, task: Task, each: Workload) -> str:
        try:
            found = await task.site.connection.get(each.path)
        except InfisicalError as error:
            # Asked again: only the time that the caller has ends the waiting.
            if not is_passing(error):
                raise
            return str(error)
        if found is None:
            raise Blocked(_absent(each))
        return left_to_do(each.kind, found)


def _absent(each: Workload) -> str:
    return (
        f"{each} is to be restarted after a rotation, and there is none in the cluster; the rotated values are "
        f"delivered. See `kubectl -n {each.namespace} get deployments,statefulsets,daemonsets`, install it or mend its "
        "name where the declaration has it, then run `pulumi up`."
    )


def _late(each: Workload, left: str, longest: float) -> str:
    here = f"kubectl -n {each.namespace}"
    return (
        f"{each} was restarted and is not ready after {longest:.0f} s: {left}. The rotated values are delivered. See "
        f"`{here} rollout status {each.kind}/{each.name}` and `{here} get pods`, mend the cause, then run `pulumi up`: "
        "it restarts it again."
    )
