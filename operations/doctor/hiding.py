"""Removes values from what the steps say: the messages of other programs may quote one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from operations.doctor.findings import Finding, Outcome

_BETWEEN: Final = "\0"
"""No text contains it."""


def without_values(outcomes: Mapping[str, Outcome], hidden: Callable[[str], str]) -> dict[str, Outcome]:
    """The same outcomes with hidden values."""
    texts = hidden_at_once((text for outcome in outcomes.values() for text in _texts(outcome)), hidden)
    return {id_: _with_texts(outcome, texts) for id_, outcome in outcomes.items()}


def hidden_at_once(texts: Iterable[str], hidden: Callable[[str], str]) -> Iterator[str]:
    """
    Each text with hidden values.

    :param hidden: called once, because it searches for each value
    """
    return iter(hidden(_BETWEEN.join(text.replace(_BETWEEN, " ") for text in texts)).split(_BETWEEN))


def _texts(outcome: Outcome) -> Iterator[str]:
    yield outcome.detail
    for each in outcome.findings:
        yield from (each.what, each.fix, each.found, each.expected, *each.where)


def _with_texts(outcome: Outcome, texts: Iterator[str]) -> Outcome:
    """In the order of `_texts`."""
    return replace(outcome, detail=next(texts), findings=tuple(_finding(each, texts) for each in outcome.findings))


def _finding(found: Finding, texts: Iterator[str]) -> Finding:
    what, fix, observed, expected = (next(texts) for _ in range(4))
    where = tuple(next(texts) for _ in found.where)
    return replace(found, what=what, fix=fix, found=observed, expected=expected, where=where)
