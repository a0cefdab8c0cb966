"""`adopt --from-infisical`: shows what Infisical has, asks, and writes the settings that take it over."""

from __future__ import annotations

import argparse
import json
import os
from typing import Final

from operations.adopt.infisical.plan import make_plan
from operations.adopt.infisical.report import after, as_json, as_text
from operations.adopt.infisical.settings import Chosen
from operations.adopt.writing.changes import write
from operations.questions import confirmed

OPTIONS: Final = ("project_slug", "environment", "operator", "identity")
"""The options that only this form of the command has."""


def adopt_from_infisical(asked: argparse.Namespace) -> int:
    """
    Return the exit code: 0, or 1 if something was not written or read, or a key of Infisical is not declared.

    :raises OperationError: nothing was written
    :raises InfisicalError: nothing was written
    """
    chosen = Chosen(asked.project_slug, asked.environment, asked.operator)
    plan = make_plan(asked.project, asked.stack, chosen, asked.identity, dict(os.environ))
    if not asked.json:
        print(as_text(plan, asked.project), flush=True)
    written = False
    if plan.change and not asked.dry_run:
        written = asked.yes or (not asked.json and confirmed(f"Write {plan.change.file.name}?"))
    if plan.change and written:
        write([plan.change])
    if asked.json:
        print(json.dumps(as_json(plan, asked.project, written=written), indent=2))
    elif written:
        print(f"Written. {after(plan)}")
    elif plan.change:
        print("Nothing was written.")
    else:
        print(f"Nothing to write. {after(plan)}")
    is_written = written or asked.dry_run or plan.change is None
    return 0 if plan.is_complete and is_written else 1
