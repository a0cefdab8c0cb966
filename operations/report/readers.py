"""Which workloads read which keys of a Secret, as their pods say it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from operations.doctor.facts import Object
from operations.doctor.steps.secret_readers import workload_of
from operations.report.content import Reader

_ENDED: Final = ("Succeeded", "Failed")


@dataclass(frozen=True)
class Use:
    """
    One way in which a workload reads a Secret.

    :param key: empty for all keys
    :param way: `{key}` in it is the key's name
    """

    secret: tuple[str, str]
    workload: str
    key: str
    way: str


def uses_of(pods: Iterable[Object]) -> list[Use]:
    """Every use of a Secret by a pod that has not ended."""
    found: dict[Use, None] = {}
    for pod in pods:
        if (pod.get("status") or {}).get("phase") not in _ENDED:
            found |= dict.fromkeys(_of_pod(pod))
    return list(found)


def readers_of(uses: Iterable[Use], key: str, restarts: Iterable[str]) -> tuple[Reader, ...]:
    """
    :param uses: of the Secret that has the key
    :param restarts: the workloads that a rotation restarts
    """
    ways: dict[str, dict[str, None]] = {}
    for use in uses:
        if use.key in ("", key):
            ways.setdefault(use.workload, {})[use.way.replace("{key}", key)] = None
    declared = {name.lower() for name in restarts}
    return tuple(Reader(name, tuple(each), name.lower() in declared) for name, each in sorted(ways.items()))


def _of_pod(pod: Object) -> Iterator[Use]:
    namespace, spec = pod["metadata"]["namespace"], pod.get("spec") or {}
    workload = workload_of(pod) or _owner(pod)
    volumes = {str(volume.get("name")): list(_of_volume(volume)) for volume in spec.get("volumes") or ()}
    for container in (*(spec.get("initContainers") or ()), *(spec.get("containers") or ())):
        for secret, key, way in (*_environment(container), *_files(container, volumes)):
            yield Use((namespace, secret), workload, key, way)
    for each in spec.get("imagePullSecrets") or ():
        yield Use((namespace, str(each.get("name"))), workload, "", "image pull")


def _environment(container: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for each in container.get("envFrom") or ():
        if name := str((each.get("secretRef") or {}).get("name") or ""):
            yield name, "", f"environment {each.get('prefix') or ''}{{key}}"
    for each in container.get("env") or ():
        reference = (each.get("valueFrom") or {}).get("secretKeyRef") or {}
        if name := str(reference.get("name") or ""):
            yield name, str(reference.get("key")), f"environment {each.get('name')}"


def _files(
    container: Mapping[str, Any], volumes: Mapping[str, list[tuple[str, str, str]]]
) -> Iterator[tuple[str, str, str]]:
    for mount in container.get("volumeMounts") or ():
        folder, part = str(mount.get("mountPath") or "").rstrip("/"), str(mount.get("subPath") or "")
        for name, key, file in volumes.get(str(mount.get("name"))) or ():
            if not part:
                yield name, key, f"file {folder}/{file}"
            elif part == file or (not key and file == "{key}"):
                # A file alone: only the key with its name.
                yield name, key or part, f"file {folder}"


def _of_volume(volume: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Secret, key and file; the key is empty for all keys."""
    secret = volume.get("secret") or {}
    sources = [(str(secret.get("secretName") or ""), secret.get("items"))]
    for each in (volume.get("projected") or {}).get("sources") or ():
        given = each.get("secret") or {}
        sources.append((str(given.get("name") or ""), given.get("items")))
    for name, items in sources:
        if name and items:
            yield from ((name, str(item.get("key")), str(item.get("path"))) for item in items)
        elif name:
            yield name, "", "{key}"


def _owner(pod: Object) -> str:
    """What controls a pod that `rollout restart` cannot restart: the job, or the pod itself."""
    owners = [each for each in pod["metadata"].get("ownerReferences") or () if each.get("controller")]
    return f"{owners[0]['kind']}/{owners[0]['name']}".lower() if owners else f"pod/{pod['metadata']['name']}"
