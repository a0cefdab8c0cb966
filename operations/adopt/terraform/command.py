"""`adopt --from-terraform`: shows what becomes of Terraform's variables and objects, asks, and writes."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Final

from operations.adopt.terraform.hcl import read_variables
from operations.adopt.terraform.live import hand_over, note
from operations.adopt.terraform.plan import Plan, Source, make_plan
from operations.adopt.terraform.report import after, as_json, as_text
from operations.adopt.terraform.stack_state import add, resources
from operations.adopt.terraform.state import State, read_state
from operations.adopt.writing.changes import write
from operations.adopt.writing.declared import read_declared
from operations.clusters import access_in, kubectl_for
from operations.errors import OperationError
from operations.questions import confirmed
from operations.stack import Stack
from tooling.kubernetes.kubectl import Kubectl

VARIABLES: Final = "terraform.tfvars"
STATE: Final = "terraform.tfstate"


def adopt_from_terraform(asked: argparse.Namespace) -> int:
    """
    Return the exit code: 0, or 1 if something was not written or not declared.

    Every step can run again: the files, the config, the field managers, and last the state of the stack.

    :raises OperationError: nothing more was written
    """
    source = _source(asked.paths)
    declared = read_declared(asked.project, asked.stack)
    stack = Stack(asked.project, asked.stack)
    config = stack.config()
    with kubectl_for(*access_in({**declared.config, **config})) as kubectl:
        plan = make_plan(
            source, declared, kubectl, config, resources(stack), use_cluster=asked.use_cluster, url=asked.url
        )
        if not asked.json:
            print(as_text(plan, source, asked.project), end="\n\n", flush=True)
        is_confirmed = not asked.dry_run and (asked.yes or (not asked.json and _confirmed(plan)))
        written = not plan.is_done and is_confirmed
        if written:
            _write(plan, stack, kubectl, say=not asked.json)
    if asked.json:
        print(json.dumps(as_json(plan, source, asked.project, written=written), indent=2))
    elif plan.is_done:
        print("Everything is taken over already.")
    else:
        print(after(source) if written else "Nothing was written.")
    is_complete = not plan.undelivered and all(each.result in ("adopted", "declared") for each in plan.adopted)
    return 0 if is_complete and (written or plan.is_done or asked.dry_run) else 1


def _source(paths: list[Path]) -> Source:
    files = [path for path in paths if path.suffix != ".tfstate"]
    states = [path for path in paths if path.suffix == ".tfstate"]
    if len(files) > 1 or len(states) > 1:
        what = "--from-terraform reads one file of variables and one state"
        raise OperationError(what, found=" ".join(map(str, paths)), fix=f"name {VARIABLES}, and {STATE} if you have it")
    file = files[0] if files else (states[0].parent if states else Path()) / VARIABLES
    if file.is_dir():
        file /= VARIABLES
    if not states and (file.parent / STATE).is_file():
        states = [file.parent / STATE]
    return Source(file, read_variables(file), read_state(states[0]) if states else State())


def _confirmed(plan: Plan) -> bool:
    if plan.is_done:
        return False
    objects = {each.target for each in (*plan.to_hand_over, *plan.to_add)}
    counted = (
        f"{len(each)} {name}{'s' * (len(each) != 1)}"
        for each, name in ((plan.values, "value"), (plan.changes, "file"), (objects, "object"))
    )
    return confirmed("Set {}, write {} and take over {}?".format(*counted))


def _write(plan: Plan, stack: Stack, kubectl: Kubectl, *, say: bool) -> None:
    write(plan.changes)
    for key, value in plan.values.items():
        stack.set_credential(key, value)
        _say(f"set homelab:{key}", say=say)
    for live in plan.to_hand_over:
        hand_over(kubectl, live)
        _say(f"took over {live.target.kind} {live.target.place}", say=say)
    if plan.needs_note:
        note(kubectl, plan.server, plan.triggers)
        _say(f"annotated Deployment {plan.server.target.place}", say=say)
    if plan.to_add:
        add(stack, plan.to_add)
        _say(f"added {len(plan.to_add)} objects to the state of the stack", say=say)


def _say(text: str, *, say: bool) -> None:
    if say:
        print(text, flush=True)
