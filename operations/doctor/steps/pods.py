"""The pods of Infisical, its database and its Redis: why one does not run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from declaration.objects import INFISICAL_NAMESPACE, INFISICAL_SECRETS
from operations.doctor.facts import Object, Unread
from operations.doctor.findings import Finding, Outcome
from operations.doctor.steps.bootstrap import restore_key
from operations.doctor.steps.scope import Scope

LONGEST: Final = 300
_KEYS: Final = restore_key(f"{INFISICAL_NAMESPACE}/{INFISICAL_SECRETS}")
_SEEN: Final = (
    (
        "volume-full",
        r"no space left on device",
        f"`kubectl -n {INFISICAL_NAMESPACE} get persistentvolumeclaims` shows its size, and `kubectl -n "
        f"{INFISICAL_NAMESPACE} edit persistentvolumeclaim NAME` enlarges it",
    ),
    ("encryption-key-malformed", r"invalid key length|encryption_key must be", _KEYS),
    (
        "encryption-key-wrong",
        r"unable to authenticate data",
        "`pulumi preview` names a key that somebody changed, and how to take that back. If the database is a different "
        "one, restore its own key: docs/how-to/recover.md",
    ),
    ("auth-secret-wrong", r"auth_secret", _KEYS),
    (
        "database-refused",
        r"password authentication failed(?: for user \S+)?",
        "the database has a different password: docs/how-to/rotate-the-database-password.md",
    ),
    (
        "database-silent",
        r"^(?!.*probe failed).*?"
        r"(econnrefused(?: [\d.:]+)?|database system is starting up|could not connect|connection refused)",
        f"wait two or three minutes: Kubernetes starts it again until the database is ready; `kubectl -n "
        f"{INFISICAL_NAMESPACE} get pods --watch` shows it",
    ),
)
"""By what a container's last message, its log or an event says: the finding, and the fix."""

_WHAT: Final = {
    "volume-full": "The volume of a container is full",
    "encryption-key-malformed": "Infisical cannot use its ENCRYPTION_KEY",
    "encryption-key-wrong": "Infisical's data is encrypted with a different ENCRYPTION_KEY",
    "auth-secret-wrong": "Infisical cannot use its AUTH_SECRET",
    "database-refused": "The database refuses Infisical's password",
    "database-silent": "Infisical waits for its database",
}


def check_pods(scope: Scope) -> Outcome:
    if not scope.homelab.infisical.is_installed:
        return Outcome.not_needed("Infisical runs elsewhere (install: none)")
    pods = scope.cluster.infisical_pods
    if isinstance(pods, Unread):
        return Outcome.not_checked(pods.reason)
    return Outcome.of(pod_findings(scope), f"{len(pods)} ready" if pods else "")


def pod_findings(scope: Scope) -> Iterator[Finding]:
    pods = scope.cluster.infisical_pods
    if isinstance(pods, Unread):
        return
    if not pods:
        yield Finding(
            "no-pods",
            "Infisical has no pod",
            f"`kubectl -n {INFISICAL_NAMESPACE} get deployments,statefulsets,events` shows why",
            (f"namespace {INFISICAL_NAMESPACE}",),
        )
    for pod in pods:
        metadata = pod["metadata"]
        place = f"{metadata['namespace']}/{metadata['name']}"
        logs = {name: log for (owner, name), log in scope.cluster.logs.items() if owner == place}
        yield from _of(pod, place, scope.cluster.warnings.get(("Pod", place), ()), logs)


def is_well(pod: Object) -> bool:
    """Whether it is ready, has ended well, or is being deleted."""
    status = pod.get("status") or {}
    if pod["metadata"].get("deletionTimestamp") or status.get("phase") == "Succeeded":
        return True
    if status.get("phase") == "Failed" and any(each.get("kind") == "Job" for each in _owners(pod)):
        # The Job starts a new one.
        return True
    return status.get("phase") == "Running" and _condition(status, "Ready").get("status") == "True"


def state_of(pod: Object) -> str:
    """Why it is not ready, in one line."""
    status = pod.get("status") or {}
    for container in _containers(status):
        if waiting := (container.get("state") or {}).get("waiting"):
            return f"{waiting.get('reason')}: {_short(str(waiting.get('message') or ''))}".rstrip(": ")
    ready = _condition(status, "Ready")
    return _short(str(ready.get("message") or ready.get("reason") or status.get("phase") or "no status yet"))


def _of(pod: Object, place: str, warnings: Sequence[str], logs: Mapping[str, str | Unread]) -> Iterator[Finding]:
    """:param logs: the last lines of its containers that ended"""
    if is_well(pod):
        return
    status, (namespace, _, name) = pod.get("status") or {}, place.partition("/")
    where = (f"Pod {place}",)
    describe = f"`kubectl -n {namespace} describe pod {name}`"
    waits = [
        (container, state)
        for container in _containers(status)
        if (state := (container.get("state") or {}).get("waiting"))
    ]
    for container, state in waits:
        reason = str(state.get("reason") or "")
        if reason in ("ContainerCreating", "PodInitializing") and not warnings:
            continue
        last = (container.get("lastState") or {}).get("terminated") or {}
        said = _short(str(last.get("message") or ""))
        log = logs.get(str(container.get("name")), "")
        id_, cause, quoted = _explained((said, *warnings), log)
        found = [f"{reason}: {_short(str(state.get('message') or ''))}".rstrip(": ")]
        found += [f"ended with exit code {last.get('exitCode')} ({last.get('reason')})"] if last else []
        found += [said] if said else []
        found += warnings
        found += quoted
        read = f"`kubectl -n {namespace} logs {name} -c {container.get('name')} --previous` shows its last output"
        other = read if last else describe
        fix = cause or (f"correct the image or the access to it; {describe}" if "Image" in reason else other)
        id_ = id_ or ("image-not-pulled" if "Image" in reason else "container-waits")
        what, passing = _WHAT.get(id_, "A container does not start"), id_ == "database-silent"
        yield Finding(id_, what, fix, where, "\n".join(found), "a running container", warning=passing)
        return
    scheduled = _condition(status, "PodScheduled")
    if scheduled.get("status") == "False":
        found_words = f"{scheduled.get('reason')}: {_short(str(scheduled.get('message') or ''))}"
        fix = f"give the cluster what the scheduler names, or lower `resources` in homelab:infisical; {describe}"
        yield Finding("pod-not-scheduled", "A pod has no node", fix, where, found_words, "a node")
        return
    ready = _condition(status, "Ready")
    words = _short(str(status.get("message") or ready.get("message") or ready.get("reason") or status.get("phase")))
    failed = status.get("phase") == "Failed"
    log = next(iter(logs.values()), "")
    id_, cause, quoted = _explained((words, *warnings), log)
    yield Finding(
        id_ or "pod-not-ready",
        _WHAT.get(id_) or ("A pod has failed" if failed else "A pod is not ready"),
        cause or describe,
        where,
        "\n".join((words, *warnings, *quoted)),
        "a ready pod",
        warning=not failed and id_ in ("", "database-silent"),
    )


def _owners(pod: Object) -> list[Mapping[str, Any]]:
    return list(pod["metadata"].get("ownerReferences") or ())


def _explained(said: Sequence[str], log: str | Unread) -> tuple[str, str, list[str]]:
    """
    The finding and its fix, empty if the cause is not known; and what to quote of the log.

    That is the words of a known cause alone: the rest of a log may hold anything.

    :param said: what is shown in any case
    """
    id_, fix, _ = _cause(said)
    if id_:
        return id_, fix, []
    if isinstance(log, Unread):
        return "", "", [f"its log cannot be read: {log.reason}"]
    # The newest first.
    id_, fix, words = _cause(log.splitlines()[::-1])
    return id_, fix, [f"its log: {words}"] * bool(words)


def _cause(said: Sequence[str]) -> tuple[str, str, str]:
    """The finding, its fix, and the words that show it; all empty if they are not known."""
    for id_, pattern, fix in _SEEN:
        for line in said:
            if found := re.search(pattern, line, re.IGNORECASE):
                return id_, fix, str(found[found.lastindex or 0])
    return "", "", ""


def _containers(status: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]


def _condition(status: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    return next((each for each in status.get("conditions") or () if each.get("type") == kind), {})


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= LONGEST else f"…{words[-LONGEST:]}"
