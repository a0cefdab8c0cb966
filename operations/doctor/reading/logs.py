"""
The last lines that a container of Infisical wrote before it ended.

Kubernetes copies them into the pod's status only if the container sets `terminationMessagePolicy`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from operations.doctor.facts import Object, Unread
from operations.doctor.reading.asking import gathered, log_of
from operations.doctor.steps.pods import is_well
from tooling.kubernetes.connection import Connection

MOST_CONTAINERS: Final = 10
_LAST: Final = {"tailLines": "20", "limitBytes": "20000"}


async def read_logs(connection: Connection, pods: Sequence[Object]) -> dict[tuple[str, str], str | Unread]:
    """By place of the pod and name of the container, for each container that ended in a pod that is not well."""
    ended = [each for pod in pods if not is_well(pod) for each in _ended(pod)][:MOST_CONTAINERS]
    logs = await gathered(log_of(connection, place, name, _LAST | {"previous": again}) for place, name, again in ended)
    return {(place, name): log for (place, name, _), log in zip(ended, logs, strict=True)}


def _ended(pod: Object) -> Iterator[tuple[str, str, str]]:
    """Place, container, and whether its log is that of the container before."""
    metadata, status = pod["metadata"], pod.get("status") or {}
    for container in (*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())):
        place, name = f"{metadata['namespace']}/{metadata['name']}", str(container.get("name"))
        if (container.get("lastState") or {}).get("terminated"):
            yield place, name, "true"
        elif ((container.get("state") or {}).get("terminated") or {}).get("exitCode"):
            yield place, name, "false"
