"""`rotate-encryption-key`: the only place that prints, asks, and turns errors into exit codes."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

from operations.encryption_key.errors import FAILURES, Refused
from operations.encryption_key.journal import Journal, Record, alone, begin, latest
from operations.encryption_key.rotation import is_harmless, rotate, undo
from operations.encryption_key.seal import Seal, find_passphrase, salt_of
from operations.encryption_key.site import check_config, read_deployed, site_of
from operations.encryption_key.stack import Stack, selected_stack
from operations.encryption_key.steps import ROTATION, UNDO, Choices
from tooling.stack import PulumiFailed

NAME: Final = "python -m operations rotate-encryption-key"
PAGE: Final = "docs/how-to/rotate-encryption-key.md"
INTERRUPTED: Final = 130


def main(arguments: list[str]) -> int:
    """The exit code: 0, 1 for an error that is shown, 130 when interrupted."""
    asked = _parser().parse_args(arguments)
    project: Path = asked.project.absolute()
    try:
        stack = Stack(project, asked.stack or selected_stack(project), _say)
        if asked.status:
            _show_status(latest(project, stack.name))
            return 0
        with alone(project, stack.name):
            record = latest(project, stack.name)
            if asked.undo:
                _undo(stack, record)
            else:
                _rotate(stack, record, asked.confirm, leave_others=asked.leave_others)
    except FAILURES as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"interrupted: `{NAME}` goes on, `--undo` goes back, `--status` shows where it is", file=sys.stderr)
        return INTERRUPTED
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=NAME,
        description="Give Infisical another ENCRYPTION_KEY and carry every value over. For a compromised key only. "
        f"Cut off anywhere, it goes on when it is run again. {PAGE} tells the whole.",
    )
    parser.add_argument("--project", type=Path, default=Path.cwd(), help="folder with Pulumi.yaml (default: this one)")
    parser.add_argument("--stack", help="the stack's name (default: the selected one)")
    parser.add_argument("--confirm", metavar="NAME", help="the stack's name, where nobody can be asked to type it")
    parser.add_argument("--leave-others", action="store_true", help="go on although not everything is carried over")
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--undo", action="store_true", help="go back to the old key and the old database")
    way.add_argument("--status", action="store_true", help="show the steps and change nothing")
    return parser


def _rotate(stack: Stack, record: Record | None, typed: str | None, *, leave_others: bool) -> None:
    if record and record.journal.undoing and not record.journal.outcome:
        message = f"an undo is under way: finish it with `{NAME} --undo`"
        raise Refused(message)
    declared = check_config(stack)
    under_way = record if record and not record.journal.outcome else None
    if under_way:
        _say(f"going on with the rotation {under_way.journal.id}")
    else:
        _say("looking whether the stack is as declared")
        _check_up_to_date(stack)
    deployed = read_deployed(stack.state(decrypted=True), stack.name)
    if deployed.login.token:
        raise Refused(
            "homelab:infisicalToken is set, and no token enters an Infisical that begins anew: set the administrator's "
            "password with `pulumi config set --secret homelab:infisicalAdminPassword`, run `pulumi config rm "
            "homelab:infisicalToken` and `pulumi up`, then this command again."
        )
    seal = _seal(under_way)
    record = under_way or begin(stack.project, stack.name)
    choices = Choices(lambda: _typed(stack.name) if typed is None else typed, leave_others)
    with site_of(stack, record, declared, deployed, seal, _say) as site:
        rotate(site, choices)
    _say(
        f"\nInfisical has another ENCRYPTION_KEY. The old database is set aside under the name of the rotation, "
        f"{record.journal.id}, and the export is {record.export}: {PAGE} says when and how to remove them."
    )


def _undo(stack: Stack, record: Record | None) -> None:
    if record is None or record.journal.outcome:
        message = f"no rotation of the stack {stack.name} is under way: there is nothing to undo"
        raise Refused(message)
    if is_harmless(record.journal):
        record.discard()
        _say("nothing was changed yet: the rotation is forgotten")
        return
    declared = check_config(stack)
    deployed = read_deployed(stack.state(decrypted=True), stack.name)
    with site_of(stack, record, declared, deployed, _seal(record), _say) as site:
        undo(site, Choices(lambda: "", leave_others=True))
    _say("\nInfisical is as it was before, with the old ENCRYPTION_KEY.")


def _check_up_to_date(stack: Stack) -> None:
    try:
        stack.ask("preview", "--expect-no-changes")
    except PulumiFailed as error:
        message = (
            f"the stack {stack.name} is not as declared, and a rotation would deploy the rest along the way. Run "
            f"`pulumi up` first, then this command again; `pulumi preview --diff` shows what differs.\n{error}"
        )
        raise Refused(message) from error


def _seal(record: Record | None) -> Seal:
    if record is None or not record.export.exists():
        return Seal(find_passphrase(is_new=True))
    closed = record.export.read_bytes()
    seal = Seal(find_passphrase(is_new=False), salt_of(closed))
    # With another passphrase each step would take what it finds for something else: the old key for a new one.
    seal.open(closed)
    return seal


def _typed(name: str) -> str:
    if not sys.stdin.isatty():
        message = f"nobody can type the stack's name here: give it with --confirm {name}"
        raise Refused(message)
    print(
        "\nInfisical stops, its database is set aside, and it starts again with another ENCRYPTION_KEY and every value "
        "of the export. It is away for some minutes; the apps keep their Secrets."
    )
    try:
        return input("To go on, type the stack's name: ")
    except EOFError:
        return ""


def _show_status(record: Record | None) -> None:
    if record is None:
        _say("no rotation of ENCRYPTION_KEY was ever begun here")
        return
    journal = record.journal
    steps = ROTATION + tuple(step for step in UNDO if journal.undoing and step.is_needed(journal.begun))
    _say(f"rotation {journal.id} of the stack {journal.stack}: {_outcome(journal)}")
    width = max(len(step.name) for step in steps)
    for step in steps:
        begun, done = journal.begun.get(step.name), journal.done.get(step.name)
        state = f"done   {done}" if done else f"begun  {begun}" if begun else "-"
        _say(f"  {step.name:<{width}}  {state:<33}  {step.title}")


def _outcome(journal: Journal) -> str:
    if journal.outcome:
        return journal.outcome
    return f"on its way back: `{NAME} --undo` goes on" if journal.undoing else f"under way: `{NAME}` goes on"


def _say(text: str) -> None:
    print(text, flush=True)
