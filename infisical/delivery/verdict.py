"""What is wrong with a delivery, from what was declared and what was seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from infisical.delivery.confidential import Mark, same
from infisical.delivery.declaration import Declaration, Source, remedy_of
from infisical.delivery.look import Look
from infisical.delivery.operator import ExternalSecret, Stamp, Store


@dataclass(frozen=True)
class Problem:
    """What is wrong with a key, or with the whole where `key` is empty. Waiting cannot help one that is `lasting`."""

    key: str
    reason: str
    lasting: bool = False

    def __str__(self) -> str:
        return f"{self.key}: {self.reason}" if self.key else self.reason


@dataclass(frozen=True)
class Verdict:
    """
    Every problem, and the names of the optional secrets that have no value in Infisical.

    Where nothing could be asked of the operator for the lack of them, the other keys are `held_back`, too.
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


def judge(declared: Declaration, seen: Look, before: Stamp | None = None) -> Verdict:
    """
    :param before: the stamp of a sync that is too old to count, where any current one will not do
    """
    if seen.external_secret is None:
        return Verdict((Problem("", f"there is no ExternalSecret {declared.id}", lasting=True),))
    if seen.unread:
        unread = Problem("", f"Infisical's values cannot be read: {seen.unread}")
        return Verdict((unread, *_operators(seen.external_secret, seen.store, before)))
    without_value = {key: seen.wanted[key] for key in declared.sources if not _has_value(seen.wanted[key])}
    optional = {key for key in without_value if declared.sources[key].name in declared.optional}
    missing = tuple(sorted({declared.sources[key].name for key in optional}))
    unset = [
        Problem(key, _unset(declared, key, mark), lasting=True)
        for key, mark in sorted(without_value.items())
        if key not in optional
    ]
    if not unset and any(without_value[key] is None for key in optional):
        # The operator delivers all keys or none: while one is absent, nothing can be asked of it.
        return Verdict((), missing, held_back=True)
    compared = [
        problem
        for key in sorted(seen.wanted)
        if key not in without_value
        for problem in _compared(declared, seen, key, seen.wanted[key])
    ]
    return Verdict((*unset, *compared, *_operators(seen.external_secret, seen.store, before)), missing)


def _has_value(mark: Mark | None) -> bool:
    return mark is not None and not mark.empty


def _unset(declared: Declaration, key: str, mark: Mark | None) -> str:
    source = declared.sources[key]
    seen = "is not in Infisical" if mark is None else "is empty in Infisical"
    return f"{source.name} {seen} ({source.place}); {remedy_of(declared, source)}, then run `pulumi up`"


def _compared(declared: Declaration, seen: Look, key: str, wanted: Mark | None) -> Iterator[Problem]:
    held = (seen.held or {}).get(key)
    if held is None:
        yield Problem(key, "there is no Secret" if seen.held is None else "the Secret does not have it")
    elif wanted is not None and not same(held, wanted):
        yield Problem(key, _differs(declared.sources.get(key), held))


def _differs(source: Source | None, held: Mark) -> str:
    declared = f"as {source.name} in Infisical" if source else "as it is declared"
    return f"{'empty' if held.empty else 'another value'} in the Secret, not {declared}"


def _operators(found: ExternalSecret, store: Store | None, before: Stamp | None) -> Iterator[Problem]:
    if store and not store.exists:
        yield Problem("", f"there is no {store.kind} {store.name!r}, which the ExternalSecret reads from", lasting=True)
    elif store and not store.ready.good:
        yield Problem("", f"the {store.kind} {store.name!r} is not Ready ({store.ready})")
    if not found.ready.good:
        yield Problem("", f"the ExternalSecret is not Ready ({found.ready})")
    elif not found.is_current:
        yield Problem("", "the operator has not synced the ExternalSecret as it is declared now")
    elif before is not None and found.stamp == before:
        yield Problem("", "the operator has not synced the ExternalSecret since it was asked to")
