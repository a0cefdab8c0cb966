"""Restart: restarts pods that read a value only when they start, after a rotation."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from infisical import rules
from infisical.api.errors import Blocked
from infisical.failures import FAILURES, is_passing
from infisical.handlers.base import triggers
from infisical.handlers.base.fields import Change, Field
from infisical.handlers.base.handler import Applied, Found, Handler, Operation
from infisical.properties import Properties, is_known
from tooling.kubernetes.workloads import (
    Workload,
    has_pods,
    left_to_do,
    restart_patch,
    started_with,
    workload,
    workload_of,
)

TIMEOUT_SECONDS: Final = 300.0
POLL_SECONDS: Final = 0.5


def _workloads(texts: list[str]) -> str | None:
    if not texts:
        return "at least one workload, such as deployment/grafana"
    return next((f"a list of workloads, each {wrong}" for wrong in map(workload, texts) if wrong), None)


class Restart(Handler):
    name = "Restart"
    no_import = "it is an action"
    doc = (
        "Restarts workloads as `kubectl rollout restart` does, whenever an entry of `triggers` changes, and waits "
        "until the new pods are ready. Creating it restarts workloads that have running pods if an entry is set, "
        "unless their annotation homelab/started-with has the same entries. Deleting it deletes nothing."
    )
    fields = (
        Field(
            name="namespace",
            type="string",
            required=True,
            change=Change.REPLACE,
            rule=rules.not_empty,
            doc="the workloads' namespace",
        ),
        Field(
            name="workloads",
            type="strings",
            required=True,
            change=Change.NOTHING,
            rule=_workloads,
            doc="what to restart, such as deployment/grafana",
        ),
        Field(
            name="triggers",
            type="mapping",
            required=True,
            differs=triggers.any_fired,
            doc="by name any string: a new one requests a restart, an empty one requests nothing",
        ),
        Field(
            name="timeoutSeconds",
            type="number",
            default=TIMEOUT_SECONDS,
            change=Change.NOTHING,
            rule=rules.seconds,
            doc="how long to wait for the new pods",
        ),
    )
    outputs = {"restartedAt": "the time of the last restart; empty before the first one"}  # noqa: RUF012

    def unknown_outputs(self, old: Properties, new: Properties) -> frozenset[str]:
        return frozenset(self.outputs)

    def announcement(self, old: Properties, new: Properties) -> str:
        before, now = old.mapping("triggers"), new.get("triggers")
        rotated = now if isinstance(now, dict) else {}
        keys = [key for key, text in rotated.items() if not is_known(text) or triggers.fired(before.get(key, ""), text)]
        workloads = ", ".join(f"{new.string('namespace')}/{each}" for each in new.strings("workloads"))
        verb = "is" if len(keys) == 1 else "are"
        return f"restarts {workloads}" + (f", because {' and '.join(sorted(keys))} {verb} rotated" if keys else "")

    async def ensure(self, operation: Operation, inputs: Properties, state: Properties) -> Applied:
        workloads = [workload_of(inputs.string("namespace"), text) for text in inputs.strings("workloads")]
        asked = triggers.any_fired(state.get("triggers"), inputs.mapping("triggers"))
        if asked and not state:
            # A missing workload, or one without pods, will start with the current values.
            found = [(each, await operation.cluster.connection.get(each.path) or {}) for each in workloads]
            workloads = [each for each, live in found if has_pods(live) and _lacks(live, inputs.mapping("triggers"))]
        at = state.string("restartedAt")
        if asked and workloads:
            at = datetime.now(UTC).isoformat(timespec="seconds")
            await self._restart(operation, workloads, at, inputs.number("timeoutSeconds", TIMEOUT_SECONDS))
        return Applied(f"{inputs.string('namespace')}/{'+'.join(inputs.strings('workloads'))}", {"restartedAt": at})

    async def read(self, operation: Operation, resource_id: str, state: Properties, inputs: Properties) -> Found | None:
        return Found(resource_id, {"restartedAt": state.string("restartedAt")}, dict(inputs))

    async def lost(self, operation: Operation, resource_id: str, state: Properties) -> str | None:
        return None

    async def delete(self, operation: Operation, resource_id: str, state: Properties) -> None:
        """Nothing to delete: the pods keep running."""

    async def _restart(self, operation: Operation, workloads: Collection[Workload], at: str, longest: float) -> None:
        for each in workloads:
            await operation.status(f"restarting {each}")
            if await operation.cluster.connection.merge(each.path, restart_patch(at)) is None:
                raise Blocked(_absent(each))
        clock = operation.session.server.clock
        began = clock.now()
        for each in workloads:
            while left := await self._left(operation, each):
                if clock.now() - began >= longest:
                    raise Blocked(_late(each, left, longest))
                await operation.status(f"waiting for {each}: {left}")
                await clock.sleep(POLL_SECONDS)

    async def _left(self, operation: Operation, each: Workload) -> str:
        try:
            found = await operation.cluster.connection.get(each.path)
        except FAILURES as error:
            # The caller asks again until its own time is over.
            if not is_passing(error):
                raise
            return str(error)
        if found is None:
            raise Blocked(_absent(each))
        return left_to_do(each.kind, found)


def _lacks(live: Mapping[str, Any], asked: Mapping[str, Any]) -> bool:
    """Whether the pods may run with other values. A workload that was taken over has a note about that."""
    return triggers.any_fired(started_with(live), asked)


def _absent(each: Workload) -> str:
    return (
        f"Cannot restart {each} after a rotation: not found. The rotated values are delivered. Check "
        f"`kubectl -n {each.namespace} get deployments,statefulsets,daemonsets`, install it or fix its name in the "
        "declaration, then run `pulumi up`."
    )


def _late(each: Workload, left: str, longest: float) -> str:
    here = f"kubectl -n {each.namespace}"
    return (
        f"{each} was restarted and is not ready after {longest:.0f} s: {left}. The rotated values are delivered. Check "
        f"`{here} rollout status {each.kind}/{each.name}` and `{here} get pods`, fix the cause, or raise "
        "`homelab:infisical.restartSeconds` if it is only slow. Then run `pulumi up`, which restarts it again."
    )
