"""
The steps of a rotation, and the steps of its undo.

Each step can run again: it finds what an interrupted run of it has already done.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Final

from operations.encryption_key.context import Context
from operations.encryption_key.errors import Differs, Refused, StepFailed
from operations.encryption_key.export import Export, differences, from_json
from tooling.private_file import write_private

UP: Final = ("up", "--yes", "--skip-preview")
SHOWN: Final = 20
IN_THE_SECRET: Final = "the Secret infisical/infisical-secrets"
IN_THE_STATE: Final = "the stack's state"


@dataclass(frozen=True)
class Choices:
    """
    What the user decides.

    :param confirm: returns the stack's name as the user typed it
    :param leave_others: continue if Infisical holds data that is not carried over
    """

    confirm: Callable[[], str]
    leave_others: bool


@dataclass(frozen=True)
class Step:
    """
    :param title: what is true when the step is done
    :param after: for a step of an undo: the step is needed if one of these steps of the rotation has begun
    """

    name: str
    title: str
    run: Callable[[Context, Choices], None]
    after: tuple[str, ...] = ()

    def is_needed(self, begun: Collection[str]) -> bool:
        return not self.after or any(name in begun for name in self.after)


def export(context: Context, choices: Choices) -> None:
    """Nothing is changed before the export was read back and compared."""
    if not hmac.compare_digest(context.deployed.key, context.cluster.encryption_key()):
        what = f"ENCRYPTION_KEY in {IN_THE_SECRET} differs from the one in {IN_THE_STATE}"
        raise Refused(
            what,
            found="two keys; an undo could only restore the key in the state",
            expected="in both places, the key that Infisical's pods started with",
            fix="save a copy of both keys, put the right one in both places, then run the command again",
        )
    found = context.infisical.read(context.deployed.identities)
    if found.not_exported and not choices.leave_others:
        what = f"Infisical at {context.infisical.url} holds data that a rotation does not carry over"
        raise Refused(
            what,
            found="\n".join(found.not_exported),
            fix="save what you need of it, then run the command again with --leave-others",
        )
    write_private(context.record.export, context.cipher.encrypt(found.export.to_json()))
    expected = found.export.fingerprints(context.cipher)
    _compare(expected, read_export(context).fingerprints(context.cipher), str(context.record.export))
    context.say(
        f"exported {len(found.export)} values from {len(found.export.folders)} folders to {context.record.export}"
    )
    context.record.write(replace(context.record.journal, old_key=context.cipher.fingerprint(context.deployed.key)))


def confirm(context: Context, choices: Choices) -> None:
    if choices.confirm() != context.stack.name:
        what = "The rotation was not confirmed: this is not the name of the stack"
        raise Refused(what, expected=context.stack.name, fix="run the command again and type that name")


def backup(context: Context, choices: Choices) -> None:
    _check_unchanged(context)
    # Its secrets are encrypted by the stack's own secrets provider.
    write_private(context.record.state, json.dumps(context.stack.state(decrypted=False)).encode())


def pause(context: Context, choices: Choices) -> None:
    context.cluster.pause()


def stop(context: Context, choices: Choices) -> None:
    # Again: a rotation that was killed may continue days after its backup.
    if not context.record.journal.undoing and any(context.cluster.replicas().values()):
        _check_unchanged(context)
    if not context.record.journal.replicas:
        running = context.cluster.replicas()
        if not running:
            raise StepFailed(
                "Infisical has no Deployment in the namespace infisical",
                found="no Deployment with the label app.kubernetes.io/component=infisical",
                expected="the Deployment that the project's Application installs",
                fix="go back with --undo, then run `pulumi up`",
            )
        context.record.write(replace(context.record.journal, replicas=running))
    context.cluster.stop(context.record.journal.replicas)


def set_aside(context: Context, choices: Choices) -> None:
    context.database.set_aside()


def new_key(context: Context, choices: Choices) -> None:
    """
    Replaces the generated key and the stash: the stash keeps its first value, so a new key needs a new stash.

    Both are protected. The update protects the new ones.
    """
    replaced: list[str] = []
    if _is_old(context, context.key_in_state()):
        for urn in context.deployed.key_urns:
            context.stack.change(context.record.log, "state", "unprotect", "--yes", urn)
            replaced += ("--target-replace", urn)
    context.stack.change(context.record.log, *UP, *replaced, "--target", context.deployed.secret_urn)
    _check_key(context, old=False)


def start(context: Context, choices: Choices) -> None:
    context.cluster.start(context.record.journal.replicas)
    context.infisical.wait()


def import_values(context: Context, choices: Choices) -> None:
    """Runs before anything reads the server, so that no app receives the value that a key was seeded with."""
    context.infisical.write(read_export(context), context.cipher)
    verify_values(context)


def deploy(context: Context, choices: Choices) -> None:
    """The update adopts the imported values, creates the operator's identity, and runs every delivery check."""
    context.stack.change(context.record.log, *UP, "--refresh")


def verify(context: Context, choices: Choices) -> None:
    verify_values(context)
    _check_key(context, old=False)


def resume(context: Context, choices: Choices) -> None:
    context.cluster.resume()


def undo_database(context: Context, choices: Choices) -> None:
    context.database.restore()


def undo_key(context: Context, choices: Choices) -> None:
    """Restores the earlier state. It does not know the new key in the Secret, so the update refreshes the Secret."""
    context.stack.change(context.record.log, "stack", "import", "--force", given=context.record.state)
    context.stack.change(context.record.log, *UP, "--refresh", "--target", context.deployed.secret_urn)
    _check_key(context, old=True)


def undo_verify(context: Context, choices: Choices) -> None:
    verify_values(context)
    _check_key(context, old=True)


_DELIVERED: Final = "pulumi up has checked that each app's Secret holds its values"
_PAUSED: Final = "Argo CD does not sync Infisical"
_RESUMED: Final = "Argo CD syncs Infisical again"
_STOPPED: Final = "no pod of Infisical is running"

ROTATION: Final = (
    Step("export", "all values are in an encrypted file that was read back and compared", export),
    Step("confirm", "the user typed the stack's name", confirm),
    Step("backup", "the stack's state is in a file", backup),
    Step("pause", _PAUSED, pause),
    Step("stop", _STOPPED, stop),
    Step("set-aside", "the old database is set aside, and an empty one is in its place", set_aside),
    Step("key", "the new key is in the state and in the Secret infisical-secrets", new_key),
    Step("start", "Infisical runs with the new key and the empty database", start),
    Step("import", "Infisical holds all exported values, compared by keyed hash", import_values),
    Step("deploy", _DELIVERED, deploy),
    Step("verify", "all values were compared again", verify),
    Step("resume", _RESUMED, resume),
)

UNDO: Final = (
    # The rotation may have resumed it already.
    Step("undo-pause", _PAUSED, pause, ("set-aside",)),
    Step("undo-stop", _STOPPED, stop, ("set-aside",)),
    Step("undo-set-aside", "the old database has its name again", undo_database, ("set-aside",)),
    Step("undo-key", "the old key is in the state and in the Secret infisical-secrets", undo_key, ("key",)),
    Step("undo-start", "Infisical runs with the old key and the old database", start, ("stop",)),
    Step("undo-deploy", _DELIVERED, deploy, ("key",)),
    Step("undo-verify", "all values were compared", undo_verify, ("set-aside",)),
    Step("undo-resume", _RESUMED, resume, ("pause",)),
)


def read_export(context: Context) -> Export:
    """
    Return what was exported.

    :raises Refused: the passphrase does not decrypt it
    """
    return from_json(context.cipher.decrypt(context.record.export.read_bytes()))


def verify_values(context: Context) -> None:
    """
    Compare the values in Infisical with the export.

    :raises Differs: a value is missing or different
    """
    expected = read_export(context).fingerprints(context.cipher)
    found = context.infisical.read().export.fingerprints(context.cipher)
    _compare(expected, found, f"Infisical at {context.infisical.url}")
    context.say(f"compared {len(expected)} values with the export: all are equal")


def _check_unchanged(context: Context) -> None:
    """A value that changed after the export would be lost."""
    found = context.infisical.read().export.fingerprints(context.cipher)
    if found != read_export(context).fingerprints(context.cipher):
        what = f"Values in Infisical at {context.infisical.url} changed after the export"
        raise Differs(
            what,
            expected="the exported values",
            fix="go back with --undo, then start the rotation again",
        )


def _compare(expected: dict[str, str], found: dict[str, str], where: str) -> None:
    if differing := differences(expected, found):
        more = [f"and {len(differing) - SHOWN} more"] if len(differing) > SHOWN else []
        what = f"{len(differing)} of {len(expected)} values in {where} differ from the export"
        raise Differs(
            what,
            found="\n".join([*differing[:SHOWN], *more]),
            expected="the exported values; the old database is unchanged",
            fix="run the command again; if the values still differ, go back with --undo",
        )


def _is_old(context: Context, key: str) -> bool:
    return hmac.compare_digest(context.cipher.fingerprint(key), context.record.journal.old_key)


def _check_key(context: Context, *, old: bool) -> None:
    kept, used = context.key_in_state(), context.cluster.encryption_key()
    expected, other = ("the old key", "a different key") if old else ("a new key", "the old key")
    for key, where in ((kept, IN_THE_STATE), (used, IN_THE_SECRET)):
        if _is_old(context, key) != old:
            what = f"ENCRYPTION_KEY in {where} is not {expected}"
            raise Differs(what, found=other, expected=expected, fix="run the command again, or go back with --undo")
    if not hmac.compare_digest(kept, used):
        what = f"ENCRYPTION_KEY in {IN_THE_SECRET} differs from the one in {IN_THE_STATE}"
        raise Differs(
            what,
            found="two keys",
            expected="the new key in both places",
            fix="run the command again, or go back with --undo",
        )
