"""What is wrong with a delivery: the comparison of what is expected with what was observed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from infisical.contents.expected import ExpectedSecret
from infisical.delivery.hashes import ValueHash, equal
from infisical.delivery.observation import Observation
from infisical.delivery.operator import ExternalSecret, Stamp, Store

LARGEST_SECRET_BYTES: Final = 1024 * 1024
"""Kubernetes' limit for all values of a Secret together."""


@dataclass(frozen=True)
class Problem:
    """What is wrong with a key, or with the whole delivery if `key` is empty. Waiting does not solve a lasting one."""

    key: str
    reason: str
    lasting: bool = False

    def __str__(self) -> str:
        return f"{self.key}: {self.reason}" if self.key else self.reason


@dataclass(frozen=True)
class Findings:
    """
    Every problem, and the names of the optional secrets that have no value in Infisical.

    `held_back` means that the operator delivers nothing because of them.
    """

    problems: tuple[Problem, ...]
    missing: tuple[str, ...] = ()
    held_back: bool = False

    @property
    def delivered(self) -> bool:
        return not self.problems and not self.missing

    @property
    def lasting(self) -> bool:
        return any(problem.lasting for problem in self.problems)


def evaluate(expected: ExpectedSecret, found: Observation, before: Stamp | None = None) -> Findings:
    """
    :param before: the stamp of a sync that is too old to count; None if any current sync counts
    """
    if found.external_secret is None:
        return Findings((Problem("", f"ExternalSecret {expected.id} not found", lasting=True),))
    if found.unread:
        unread = Problem("", f"Infisical's values cannot be read: {found.unread}")
        return Findings((unread, *_operator_problems(found.external_secret, found.store, before)))
    held = {key: value for key, value in found.wanted.items() if key not in expected.hidden}
    if too_large := _too_large(expected, held):
        return Findings((Problem("", too_large, lasting=True),))
    without_value = {key: found.wanted[key] for key in expected.sources if not _has_value(found.wanted[key])}
    optional = {key for key in without_value if expected.is_optional(key)}
    missing = tuple(sorted({expected.name_of(expected.sources[key]) for key in optional}))
    unset = [
        Problem(key, _unset(expected, key, value), lasting=True)
        for key, value in sorted(without_value.items())
        if key not in optional
    ]
    unset += [Problem(key, reason, lasting=True) for key, reason in sorted(found.unfit.items())]
    if not unset and any(without_value[key] is None for key in optional):
        # The operator delivers all keys or none, so there is nothing to wait for while one is missing.
        return Findings((), missing, held_back=True)
    compared = [
        problem
        for key in sorted({*held, *found.opaque})
        if key not in without_value and key not in found.unfit
        for problem in _compared(expected, found, key)
    ]
    compared += _more_keys(expected, found)
    return Findings((*unset, *compared, *_operator_problems(found.external_secret, found.store, before)), missing)


def _too_large(expected: ExpectedSecret, wanted: Mapping[str, ValueHash | None]) -> str:
    sizes = {key: value.size for key, value in wanted.items() if value}
    total = sum(sizes.values())
    if total <= LARGEST_SECRET_BYTES:
        return ""
    largest = ", ".join(f"{key} {size:,}" for key, size in sorted(sizes.items(), key=lambda it: -it[1])[:5])
    return (
        f"Secret {expected.namespace}/{expected.secret_name} would hold {total:,} bytes, but Kubernetes allows at most "
        f"{LARGEST_SECRET_BYTES:,}. Its largest keys, in bytes: {largest}. Fix: shorten these values in Infisical, or "
        "move keys to another app"
    )


def _has_value(value: ValueHash | None) -> bool:
    return value is not None and not value.empty


def _unset(expected: ExpectedSecret, key: str, value: ValueHash | None) -> str:
    source = expected.sources[key]
    state = "does not exist" if value is None else "is empty"
    return f"{source.name} {state} in Infisical ({source.location}). Fix: {expected.fix(source)}"


def _compared(expected: ExpectedSecret, found: Observation, key: str) -> Iterator[Problem]:
    held, wanted = (found.held or {}).get(key), found.wanted.get(key)
    if held is None:
        yield Problem(key, "the Secret does not exist" if found.held is None else "missing in the Secret")
    elif wanted is not None and not equal(held, wanted):
        yield Problem(key, _differs(_owner(expected, key), held))
    elif key in expected.uncompared and held.empty:
        origin = expected.generator if expected.generator and not expected.other_store else expected.other_store
        yield Problem(key, f"empty in the Secret. Its value comes from {origin}. Fix: correct the value there")
    elif key in found.opaque and held.empty:
        yield Problem(key, "empty in the Secret, although a template composes it")


def _more_keys(expected: ExpectedSecret, found: Observation) -> Iterator[Problem]:
    if not expected.more_keys:
        return
    if found.held is None:
        yield Problem("", "the Secret does not exist")
    elif all(value.empty for key, value in found.held.items() if key not in expected.declared):
        yield Problem("", f"the Secret has no value from {expected.other_store} for the keys of `dataFrom`")


def _owner(expected: ExpectedSecret, key: str) -> str:
    """What decides the value of a key."""
    if key in expected.templates:
        return "the result of its template"
    source = expected.sources.get(key)
    if source:
        return f"{source.name} in Infisical"
    return "the declared literal" if key in expected.literals else "its key in the folder in Infisical"


def _differs(owner: str, held: ValueHash) -> str:
    return f"empty in the Secret, unlike {owner}" if held.empty else f"the Secret's value differs from {owner}"


def _operator_problems(found: ExternalSecret, store: Store | None, before: Stamp | None) -> Iterator[Problem]:
    if store and not store.exists:
        yield Problem("", f"{store.kind} {store.name!r} not found; the ExternalSecret reads from it", lasting=True)
    elif store and not store.ready.good:
        yield Problem("", f"{store.kind} {store.name!r} is not Ready ({store.ready})")
    if not found.ready.good:
        yield Problem("", f"the ExternalSecret is not Ready ({found.ready})")
    elif not found.is_current:
        yield Problem("", "the operator has not synced the current generation of the ExternalSecret")
    elif before is not None and found.stamp == before:
        yield Problem("", "the operator has not synced the ExternalSecret since the check requested it")
