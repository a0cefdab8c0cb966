"""Runs the steps that are not done yet, forwards or back."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from operations.encryption_key.context import Context
from operations.encryption_key.errors import FAILURES
from operations.encryption_key.journal import Journal, Outcome
from operations.encryption_key.steps import ROTATION, UNDO, Choices, Step

READ_ONLY: Final = ("export", "confirm")
"""The steps that change nothing: a rotation that fails in one of them leaves no trace."""


def has_changed_nothing(journal: Journal) -> bool:
    return set(journal.begun) <= set(READ_ONLY)


def rotate(context: Context, choices: Choices) -> None:
    """
    Run the rotation, or the rest of it.

    :raises OperationError: a step failed; the next call continues there
    """
    _run(context, choices, ROTATION)
    _end(context, "completed")


def undo(context: Context, choices: Choices) -> None:
    """
    Revert what the rotation changed, or the rest of it.

    :raises OperationError: a step failed; the next call continues there
    """
    context.record.write(replace(context.record.journal, undoing=True))
    begun = context.record.journal.begun
    _run(context, choices, tuple(step for step in UNDO if step.is_needed(begun)))
    _end(context, "undone")


def _run(context: Context, choices: Choices, steps: tuple[Step, ...]) -> None:
    record = context.record
    for number, step in enumerate(steps, 1):
        if step.name in record.journal.done:
            continue
        context.say(f"[{number}/{len(steps)}] {step.name}")
        record.write(record.journal.with_begun(step.name))
        try:
            step.run(context, choices)
        except FAILURES:
            if has_changed_nothing(record.journal):
                record.discard()
            raise
        record.write(record.journal.with_done(step.name))


def _end(context: Context, outcome: Outcome) -> None:
    context.record.write(replace(context.record.journal, outcome=outcome))
