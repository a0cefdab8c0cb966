"""How a pod reads a Secret, and what of it keeps the pod from starting, as the kubelet reports it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

from operations.doctor.facts import Object

_NO_SECRET: Final = r'secret "{}" not found'
_NO_KEY: Final = r"couldn't find key (\S+) in Secret [^/\s]+/{}(?![\w.-])"
_NO_FILE: Final = r'volume "{}" : references non-existent secret key: (\S+)'
"""The kubelet's messages: with the name of the Secret, or of the volume."""


def reads_at_start(pod: Object, secret: str) -> bool:
    """Whether a container reads the Secret as environment variables. Files follow the Secret by themselves."""
    return secret in set(_in_environment(pod))


def waits_for(pod: Object, secrets: Collection[str]) -> bool:
    """Whether a pod has not started, and mounts one of these Secrets: only its events say why."""
    status = pod.get("status") or {}
    if status.get("phase") != "Pending" or pod["metadata"].get("deletionTimestamp"):
        return False
    return any(secret in secrets for _, secret in _volumes(pod))


def missing_in(pod: Object, secret: str, warnings: Sequence[str]) -> str | None:
    """
    What keeps the pod from starting: the key of the Secret that does not exist, empty for the Secret itself.

    None if the pod starts, or something else keeps it from that.

    :param warnings: the events of the pod
    """
    if pod["metadata"].get("deletionTimestamp"):
        return None
    name = re.escape(secret)
    volumes = "|".join(re.escape(volume) for volume, mounted in _volumes(pod) if mounted == secret)
    for words in (*_waiting(pod), *(warnings if waits_for(pod, {secret}) else ())):
        if found := re.search(_NO_KEY.format(name), words):
            return found[1]
        if volumes and (found := re.search(_NO_FILE.format(f"(?:{volumes})"), words)):
            return found[1]
        if re.search(_NO_SECRET.format(name), words):
            return ""
    return None


def workload_of(pod: Object) -> str:
    """What controls the pod, as kubectl names it; empty if `rollout restart` cannot restart that."""
    metadata = pod["metadata"]
    owner: Mapping[str, Any] = next(
        (each for each in metadata.get("ownerReferences") or () if each.get("controller")), {}
    )
    kind, name = str(owner.get("kind") or ""), str(owner.get("name") or "")
    digest = str((metadata.get("labels") or {}).get("pod-template-hash") or "")
    if kind == "ReplicaSet" and digest and name.endswith(f"-{digest}"):
        return f"deployment/{name.removesuffix(f'-{digest}')}"
    return f"{kind.lower()}/{name}" if kind in ("StatefulSet", "DaemonSet") else ""


def _waiting(pod: Object) -> Iterator[str]:
    """What the containers that cannot be created say."""
    status = pod.get("status") or {}
    for container in (*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())):
        state = (container.get("state") or {}).get("waiting") or {}
        if state.get("reason") == "CreateContainerConfigError":
            yield str(state.get("message") or "")


def _in_environment(pod: Object) -> Iterator[str]:
    spec = pod.get("spec") or {}
    for container in (*(spec.get("initContainers") or ()), *(spec.get("containers") or ())):
        yield from (_named(each, "secretRef") for each in container.get("envFrom") or ())
        yield from (_named(each.get("valueFrom") or {}, "secretKeyRef") for each in container.get("env") or ())


def _volumes(pod: Object) -> Iterator[tuple[str, str]]:
    """Each volume with a Secret that it shows."""
    for volume in (pod.get("spec") or {}).get("volumes") or ():
        sources = (volume.get("projected") or {}).get("sources") or ()
        alone = str((volume.get("secret") or {}).get("secretName") or "")
        for secret in (alone, *(_named(each, "secret") for each in sources)):
            if secret:
                yield str(volume.get("name")), secret


def _named(source: Mapping[str, Any], field: str) -> str:
    return str((source.get(field) or {}).get("name") or "")
