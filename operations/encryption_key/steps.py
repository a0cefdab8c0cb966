"""
The steps of a rotation, and those of undoing one.

Each finds what it left half done, so that it can be begun again after it was cut off anywhere.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Final

from operations.encryption_key.errors import ClusterFailed, Differs, Refused
from operations.encryption_key.export import Export, differences, from_json
from operations.encryption_key.site import Site
from tooling.private_file import write_private

UP: Final = ("up", "--yes", "--skip-preview")
SHOWN: Final = 20


@dataclass(frozen=True)
class Choices:
    """What the owner said: the stack's name, typed when it is needed, and what may be left behind."""

    confirm: Callable[[], str]
    leave_others: bool


@dataclass(frozen=True)
class Step:
    """
    :param title: what is so when it is done
    :param after: of an undo: the steps of the rotation of which one must have begun, else there is nothing to undo
    """

    name: str
    title: str
    run: Callable[[Site, Choices], None]
    after: tuple[str, ...] = ()

    def is_needed(self, begun: Collection[str]) -> bool:
        return not self.after or any(name in begun for name in self.after)


def export(site: Site, choices: Choices) -> None:
    """Nothing is changed before what was written is read back and found to be the same."""
    if not hmac.compare_digest(site.deployed.key, site.cluster.encryption_key()):
        raise Refused(
            "ENCRYPTION_KEY in the Secret infisical/infisical-secrets is another one than in the stack's state, and an "
            "undo would give Infisical the state's. Keep a copy of both; the right one is that which Infisical's pods "
            "were started with and read their database with. Put it in both places, then run the command again."
        )
    found = site.infisical.read(site.deployed.identities)
    if found.others and not choices.leave_others:
        listed = "\n".join(f"  {other}" for other in found.others)
        message = (
            f"Infisical at {site.infisical.url} holds what is not carried over:\n{listed}\nSave what you need of it, "
            "then run the command again with --leave-others."
        )
        raise Refused(message)
    write_private(site.record.export, site.seal.close(found.export.to_json()))
    wanted = found.export.fingerprints(site.seal)
    _compare(wanted, read_export(site).fingerprints(site.seal), str(site.record.export))
    site.say(f"{len(found.export)} values of {len(found.export.folders)} folders, in {site.record.export}")
    site.record.write(replace(site.record.journal, old_key=site.seal.fingerprint(site.deployed.key)))


def confirm(site: Site, choices: Choices) -> None:
    if choices.confirm() != site.stack.name:
        message = f"that is not the name of the stack, {site.stack.name}. Run the command again to begin anew."
        raise Refused(message)


def backup(site: Site, choices: Choices) -> None:
    _check_unchanged(site)
    # Its secrets are encrypted by the stack's own provider.
    write_private(site.record.state, json.dumps(site.stack.state(decrypted=False)).encode())


def pause(site: Site, choices: Choices) -> None:
    site.cluster.pause()


def stop(site: Site, choices: Choices) -> None:
    # Again: a rotation that was killed may go on days after its backup.
    if not site.record.journal.undoing and any(site.cluster.replicas().values()):
        _check_unchanged(site)
    if not site.record.journal.replicas:
        running = site.cluster.replicas()
        if not running:
            raise ClusterFailed(
                "there is no Deployment with the label app.kubernetes.io/component=infisical in the namespace "
                "infisical: Infisical is not installed as this project installs it. Run the command with --undo."
            )
        site.record.write(replace(site.record.journal, replicas=running))
    site.cluster.stop(site.record.journal.replicas)


def set_aside(site: Site, choices: Choices) -> None:
    site.database.set_aside()


def new_key(site: Site, choices: Choices) -> None:
    """
    The generated key and the stash that keeps it are protected, and the stash keeps the first value it was given: only
    replacing both gives another one. The update protects them again.
    """
    replaced: list[str] = []
    if _is_old(site, site.key_in_state()):
        for urn in site.deployed.key_urns:
            site.stack.change(site.record.log, "state", "unprotect", "--yes", urn)
            replaced += ("--target-replace", urn)
    site.stack.change(site.record.log, *UP, *replaced, "--target", site.deployed.secret_urn)
    _check_key(site, old=False)


def start(site: Site, choices: Choices) -> None:
    site.cluster.start(site.record.journal.replicas)
    site.infisical.wait()


def import_values(site: Site, choices: Choices) -> None:
    """Before anything reads the server: no app is ever given the value that a key was once seeded with."""
    site.infisical.write(read_export(site), site.seal)
    verify_values(site)


def deploy(site: Site, choices: Choices) -> None:
    """The update adopts what was imported, makes the operator's identity, and proves every app's Secret."""
    site.stack.change(site.record.log, *UP, "--refresh")


def verify(site: Site, choices: Choices) -> None:
    verify_values(site)
    _check_key(site, old=False)


def resume(site: Site, choices: Choices) -> None:
    site.cluster.resume()


def undo_database(site: Site, choices: Choices) -> None:
    site.database.restore()


def undo_key(site: Site, choices: Choices) -> None:
    """The state of before, and then, since that state knows nothing of the new key, the Secret as it really is."""
    site.stack.change(site.record.log, "stack", "import", "--force", given=site.record.state)
    site.stack.change(site.record.log, *UP, "--refresh", "--target", site.deployed.secret_urn)
    _check_key(site, old=True)


def undo_verify(site: Site, choices: Choices) -> None:
    verify_values(site)
    _check_key(site, old=True)


ROTATION: Final = (
    Step("export", "every value is in an encrypted file, read back and compared", export),
    Step("confirm", "the stack's name was typed", confirm),
    Step("backup", "the stack's state is in a file", backup),
    Step("pause", "Argo CD leaves Infisical alone", pause),
    Step("stop", "no pod of Infisical runs", stop),
    Step("set-aside", "the old database is set aside", set_aside),
    Step("key", "the new key is in the state and in the Secret infisical-secrets", new_key),
    Step("start", "Infisical runs with the new key on an empty database", start),
    Step("import", "every value is in it again, compared by keyed hash", import_values),
    Step("deploy", "pulumi up has proven that each app's Secret holds what it should", deploy),
    Step("verify", "every value was compared once more", verify),
    Step("resume", "Argo CD looks after Infisical again", resume),
)

UNDO: Final = (
    # It may have begun to look after it again.
    Step("undo-pause", "Argo CD leaves Infisical alone", pause, ("set-aside",)),
    Step("undo-stop", "no pod of Infisical runs", stop, ("set-aside",)),
    Step("undo-set-aside", "the old database is back", undo_database, ("set-aside",)),
    Step("undo-key", "the old key is in the state and in the Secret infisical-secrets", undo_key, ("key",)),
    Step("undo-start", "Infisical runs with the old key on the old database", start, ("stop",)),
    Step("undo-deploy", "pulumi up has proven that each app's Secret holds what it should", deploy, ("key",)),
    Step("undo-verify", "every value was compared", undo_verify, ("set-aside",)),
    Step("undo-resume", "Argo CD looks after Infisical again", resume, ("pause",)),
)


def read_export(site: Site) -> Export:
    """
    What was exported.

    :raises Refused: the passphrase does not open it
    """
    return from_json(site.seal.open(site.record.export.read_bytes()))


def verify_values(site: Site) -> None:
    """
    :raises Differs: Infisical does not hold what was exported
    """
    wanted = read_export(site).fingerprints(site.seal)
    _compare(wanted, site.infisical.read().export.fingerprints(site.seal), f"Infisical at {site.infisical.url}")
    site.say(f"{len(wanted)} values are what was exported")


def _check_unchanged(site: Site) -> None:
    """What came into Infisical since the export would be left behind."""
    if site.infisical.read().export.fingerprints(site.seal) != read_export(site).fingerprints(site.seal):
        raise Differs(
            "values were changed in Infisical after they were exported, and none of them by this command. Run it with "
            "--undo, and then to begin anew."
        )


def _compare(wanted: dict[str, str], found: dict[str, str], where: str) -> None:
    if differing := differences(wanted, found):
        listed = "\n".join(f"  {each}" for each in differing[:SHOWN])
        more = f"\n  and {len(differing) - SHOWN} more" if len(differing) > SHOWN else ""
        message = (
            f"{len(differing)} of {len(wanted)} values in {where} are not what was exported:\n{listed}{more}\n"
            "Run the command again, or with --undo; the old database is set aside and whole."
        )
        raise Differs(message)


def _is_old(site: Site, key: str) -> bool:
    return hmac.compare_digest(site.seal.fingerprint(key), site.record.journal.old_key)


def _check_key(site: Site, *, old: bool) -> None:
    kept, used = site.key_in_state(), site.cluster.encryption_key()
    which = "old" if old else "new"
    for key, where in ((kept, "the stack's state"), (used, "the Secret infisical/infisical-secrets")):
        if _is_old(site, key) != old:
            message = f"ENCRYPTION_KEY in {where} is not the {which} one. Run the command again, or with --undo."
            raise Differs(message)
    if not hmac.compare_digest(kept, used):
        raise Differs(
            "ENCRYPTION_KEY in the Secret infisical/infisical-secrets is not the one in the stack's state. Run the "
            "command again, or with --undo."
        )
