"""`rotate-encryption-key`: the only module that prints, asks, and turns errors into exit codes."""

from __future__ import annotations

import argparse
import contextlib
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from operations.encryption_key.cipher import Cipher, find_passphrase, salt_of
from operations.encryption_key.cluster import cluster_of
from operations.encryption_key.context import PAGE, check_config, context_of, read_deployed, start_seconds
from operations.encryption_key.errors import FAILURES, Refused
from operations.encryption_key.journal import Journal, Record, begin, latest, locked
from operations.encryption_key.rotation import has_changed_nothing, rotate, undo
from operations.encryption_key.stack import LOCK_SECONDS, Stack, selected_stack
from operations.encryption_key.steps import ROTATION, UNDO, Choices, Step
from operations.errors import OperationError
from tooling.stack import PulumiFailed

NAME: Final = "python -m operations rotate-encryption-key"
INTERRUPTED: Final = 130


def main(arguments: list[str]) -> int:
    """Return the exit code: 0, 1 for a reported error, 130 when interrupted."""
    asked = _parser().parse_args(arguments)
    project: Path = asked.project.absolute()
    try:
        stack = _open_stack(project, asked.stack, asked.lock_seconds)
        if asked.status:
            _show_status(latest(project, stack.name), _command(asked))
            return 0
        with locked(project, stack.name), _next_command_on_failure(project, stack.name, _command(asked)):
            record = latest(project, stack.name)
            if asked.undo:
                _undo(stack, record)
            else:
                _rotate(stack, record, asked.confirm, leave_others=asked.leave_others)
    except FAILURES as error:
        _print_error(f"error: {error}", error)
        return 1
    except KeyboardInterrupt as interrupt:
        _print_error("Interrupted.", interrupt)
        return INTERRUPTED
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=NAME,
        description="Replace the ENCRYPTION_KEY of Infisical if it is compromised, and carry every value over. "
        f"If the command is interrupted, run it again to continue. See {PAGE}.",
    )
    parser.add_argument("--project", type=Path, default=Path.cwd(), help="folder with Pulumi.yaml (default: this one)")
    parser.add_argument("--stack", help="name of the stack (default: the selected one)")
    parser.add_argument("--confirm", metavar="NAME", help="name of the stack, if nobody can type it")
    parser.add_argument(
        "--lock-seconds",
        type=float,
        default=LOCK_SECONDS,
        metavar="SECONDS",
        help=f"how long to wait for another pulumi on the stack (default: {LOCK_SECONDS:.0f})",
    )
    parser.add_argument("--leave-others", action="store_true", help="continue even if not all data is carried over")
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--undo", action="store_true", help="go back to the old key and the old database")
    way.add_argument("--status", action="store_true", help="show the steps and change nothing")
    return parser


def _command(asked: argparse.Namespace) -> str:
    """Return the command for the same stack, without the options that the user chooses again."""
    project = [] if asked.project == Path.cwd() else ["--project", str(asked.project)]
    stack = ["--stack", asked.stack] if asked.stack else []
    return " ".join([NAME, *map(shlex.quote, [*project, *stack])])


def _open_stack(project: Path, name: str | None, lock_seconds: float) -> Stack:
    if not (project / "Pulumi.yaml").is_file():
        what = f"{project} is not a Pulumi project"
        fix = "run the command in the project's folder, or name it with --project"
        raise Refused(what, found="no Pulumi.yaml", expected="the folder with Pulumi.yaml", fix=fix)
    return Stack(project, name or selected_stack(project), _say, lock_seconds)


@contextlib.contextmanager
def _next_command_on_failure(project: Path, stack: str, command: str) -> Iterator[None]:
    """Add to each error of the block what became of the rotation, and how to continue it or go back."""
    try:
        yield
    except (*FAILURES, KeyboardInterrupt) as error:
        has_fix = isinstance(error, OperationError | KeyboardInterrupt)
        error.add_note(_next_command(latest(project, stack), command, has_fix=has_fix))
        raise


def _next_command(record: Record | None, command: str, *, has_fix: bool) -> str:
    if record is None or not record.is_in_progress or has_changed_nothing(record.journal):
        return f"Nothing was changed.{'' if has_fix else ' Fix the problem above, then run the command again.'}"
    journal = record.journal
    steps = _undo_steps(journal) if journal.undoing else ROTATION
    step = next((each.name for each in steps if each.name not in journal.done), steps[-1].name)
    if journal.undoing:
        lines = [f"The undo of rotation {journal.id} has stopped at the step {step}. Completed steps are kept."]
        return "\n".join([*lines, f"    continue:  {command} --undo"])
    lines = [f"Rotation {journal.id} has stopped at the step {step}. Completed steps are kept."]
    return "\n".join([*lines, f"    continue:  {command}", f"    go back:   {command} --undo"])


def _rotate(stack: Stack, record: Record | None, typed: str | None, *, leave_others: bool) -> None:
    unfinished = record if record and record.is_in_progress else None
    if unfinished and unfinished.journal.undoing:
        what = f"The undo of rotation {unfinished.journal.id} is not complete"
        raise Refused(what, expected="a completed undo before a new rotation", fix="complete it with --undo")
    declared = check_config(stack)
    if unfinished:
        _say(f"continuing rotation {unfinished.journal.id}")
    else:
        _say("checking that the stack is up to date")
        _check_up_to_date(stack)
    deployed = read_deployed(stack.state(decrypted=True), stack.name)
    if deployed.login.token:
        raise Refused(
            "A token cannot log in to a fresh Infisical",
            found="homelab:infisicalToken is set",
            expected="homelab:infisicalAdminPassword",
            fix="run `pulumi config set --secret homelab:infisicalAdminPassword`, `pulumi config rm "
            "homelab:infisicalToken` and `pulumi up`, then run the command again",
        )
    cipher = _cipher(unfinished)
    choices = Choices(lambda: _ask_name(stack.name) if typed is None else typed, leave_others)
    with cluster_of(
        deployed.kubeconfig, deployed.context, declared.argocd.namespace, start_seconds(declared)
    ) as cluster:
        record = unfinished or begin(stack.project, stack.name)
        rotate(context_of(stack, record, cluster, declared, deployed, cipher, _say), choices)
    _say(
        f"\nRotation {record.journal.id} is complete: Infisical uses a new ENCRYPTION_KEY.\n"
        f"The old database and {record.export} are kept; {PAGE} says when and how to remove them."
    )


def _undo(stack: Stack, record: Record | None) -> None:
    if record is None or not record.is_in_progress:
        what = f"No rotation of the stack {stack.name} is in progress: there is nothing to undo"
        raise Refused(what, fix="run the command with --status to see the last rotation")
    if has_changed_nothing(record.journal):
        record.discard()
        _say(f"Rotation {record.journal.id} had changed nothing yet, and is discarded.")
        return
    declared = check_config(stack)
    _say(f"undoing rotation {record.journal.id}")
    deployed = read_deployed(stack.state(decrypted=True), stack.name)
    with cluster_of(
        deployed.kubeconfig, deployed.context, declared.argocd.namespace, start_seconds(declared)
    ) as cluster:
        context = context_of(stack, record, cluster, declared, deployed, _cipher(record), _say)
        undo(context, Choices(lambda: "", leave_others=True))
    _say(f"\nRotation {record.journal.id} is undone: Infisical uses the old ENCRYPTION_KEY and the old database.")


def _check_up_to_date(stack: Stack) -> None:
    try:
        stack.ask("preview", "--expect-no-changes")
    except PulumiFailed as error:
        what = f"The stack {stack.name} is not up to date: a rotation would also deploy other changes"
        raise Refused(
            what,
            found=str(error),
            expected="a preview without changes",
            fix="run `pulumi up` first, then run the command again",
        ) from error


def _cipher(record: Record | None) -> Cipher:
    if record is None or not record.export.exists():
        return Cipher(find_passphrase(is_new=True))
    encrypted = record.export.read_bytes()
    cipher = Cipher(find_passphrase(is_new=False), salt_of(encrypted))
    # With a wrong passphrase, a step would take the old key for a new one.
    cipher.decrypt(encrypted)
    return cipher


def _ask_name(name: str) -> str:
    if not sys.stdin.isatty():
        what = "Nobody can confirm the rotation: stdin is not a terminal"
        raise Refused(what, fix=f"run the command again with --confirm {shlex.quote(name)}")
    print(
        "\nInfisical stops, its database is set aside, and Infisical restarts with a new ENCRYPTION_KEY and all "
        "exported values. It is unavailable for some minutes. The apps keep their Secrets."
    )
    try:
        return input("To continue, type the stack's name: ")
    except EOFError:
        return ""


def _show_status(record: Record | None, command: str) -> None:
    if record is None:
        _say("No rotation of ENCRYPTION_KEY was ever started here.")
        return
    journal = record.journal
    steps = ROTATION + (_undo_steps(journal) if journal.undoing else ())
    _say(f"rotation {journal.id} of the stack {journal.stack}: {_outcome(journal, command)}")
    width = max(len(step.name) for step in steps)
    for step in steps:
        begun, done = journal.begun.get(step.name), journal.done.get(step.name)
        state = f"done     {done}" if done else f"started  {begun}" if begun else "-"
        _say(f"  {step.name:<{width}}  {state:<34}  {step.title}")


def _undo_steps(journal: Journal) -> tuple[Step, ...]:
    return tuple(step for step in UNDO if step.is_needed(journal.begun))


def _outcome(journal: Journal, command: str) -> str:
    if journal.outcome:
        return journal.outcome
    if journal.undoing:
        return f"the undo is not complete; continue with `{command} --undo`"
    return f"in progress; continue with `{command}`, or go back with `{command} --undo`"


def _print_error(message: str, error: BaseException) -> None:
    print("\n\n".join([message, *getattr(error, "__notes__", [])]), file=sys.stderr)


def _say(text: str) -> None:
    print(text, flush=True)
