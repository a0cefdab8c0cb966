"""Walks through the steps, from wherever an earlier command was cut off, forwards or back."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from operations.encryption_key.errors import FAILURES
from operations.encryption_key.journal import Journal, Outcome
from operations.encryption_key.site import Site
from operations.encryption_key.steps import ROTATION, UNDO, Choices, Step

HARMLESS: Final = ("export", "confirm")
"""The steps that change nothing: a rotation that ends in one of them leaves no trace."""


def is_harmless(journal: Journal) -> bool:
    """Whether nothing was changed yet."""
    return set(journal.begun) <= set(HARMLESS)


def rotate(site: Site, choices: Choices) -> None:
    """
    Do what is not done yet.

    :raises RotationError: a step failed; begun again, it goes on there
    """
    _walk(site, choices, ROTATION)
    _end(site, "completed")


def undo(site: Site, choices: Choices) -> None:
    """
    Put back what was changed.

    :raises RotationError: a step failed; begun again, it goes on there
    """
    site.record.write(replace(site.record.journal, undoing=True))
    begun = site.record.journal.begun
    _walk(site, choices, tuple(step for step in UNDO if step.is_needed(begun)))
    _end(site, "undone")


def _walk(site: Site, choices: Choices, steps: tuple[Step, ...]) -> None:
    for number, step in enumerate(steps, 1):
        if step.name in site.record.journal.done:
            continue
        site.say(f"[{number}/{len(steps)}] {step.name}")
        site.record.write(site.record.journal.beginning(step.name))
        try:
            step.run(site, choices)
        except FAILURES:
            if is_harmless(site.record.journal):
                site.record.discard()
                site.say("nothing was changed")
            raise
        site.record.write(site.record.journal.having_done(step.name))


def _end(site: Site, outcome: Outcome) -> None:
    site.record.write(replace(site.record.journal, outcome=outcome))
