"""A verified backup, decrypted in memory. Nothing is written before its passphrase and its keys are proven."""

from __future__ import annotations

import hmac
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from drill.passphrase import StackCipher
from operations.backup.keys.decryption import Keys, decrypt, find_keys
from operations.backup.parts.contents import (
    BOOTSTRAP,
    ENCRYPTION_KEY,
    STATE,
    VALUES,
    bootstrap_of,
    stack_file,
)
from operations.backup.parts.database import PART
from operations.backup.targets.folders import chosen
from operations.backup.targets.manifest import Manifest, read_manifest
from operations.backup.verify import check_files, check_parts, parts_of
from operations.errors import OperationError

NEEDED: Final = (BOOTSTRAP, VALUES, STATE)


@dataclass(frozen=True)
class Opened:
    """
    :param verified: what was proven of each part, without a value
    :param config: `config:` of the stack file, its secrets encrypted
    :param salt: of the stack file, for these secrets
    :param state: as `pulumi stack import` takes it, its secrets encrypted
    :param bootstrap: the keys and passwords of Infisical, proven to be those of the state
    :param keys: that decrypt the parts
    :param has_dump: one of the parts is a dump of Infisical's database
    :param values: by folder and name
    :param values_file: the same as `import-values` reads it
    """

    folder: Path
    manifest: Manifest
    passphrase: str = field(repr=False)
    verified: tuple[str, ...]
    config: Mapping[str, Any] = field(repr=False)
    salt: str = field(repr=False)
    state: Mapping[str, Any] = field(repr=False)
    bootstrap: Mapping[str, str] = field(repr=False)
    keys: Keys = field(repr=False)
    has_dump: bool
    values: Mapping[tuple[str, str], str] = field(repr=False)
    values_file: bytes = field(repr=False)

    @property
    def stack(self) -> str:
        """The stack's name, without an organization."""
        return self.manifest.stack.rpartition("/")[2]


def open_backup(folder: Path, identities: Sequence[Path], passphrase: Callable[[], str]) -> Opened:
    """
    Verify a backup and decrypt it. Nothing is written.

    :param folder: a backup, or a folder of backups: its newest one
    :param identities: files with age identities and SSH private keys; without one, gpg is asked
    :param passphrase: called when the backup is known to be undamaged
    :raises OperationError: the backup, the passphrase or ENCRYPTION_KEY is not right
    """
    folder = chosen(folder)
    manifest = read_manifest(folder)
    check_files(folder, manifest)
    keys = _keys(folder, identities, manifest)
    parts = parts_of(manifest, keys)
    needed = (*NEEDED, stack_file(manifest.stack))
    if missing := [name for name in needed if name not in parts]:
        what, fix = f"The backup {folder} cannot be drilled", "make a new backup, and drill that"
        raise OperationError(what, found=f"no {', no '.join(missing)}", expected=", ".join(needed), fix=fix)
    verified = tuple(check_parts(folder, manifest, keys))
    content = {name: _read(folder, name, keys) for name in needed}
    declared = yaml.safe_load(content[needed[-1]])
    state = json.loads(content[STATE])
    word = passphrase()
    salt = str(declared.get("encryptionsalt", ""))
    of_state = ((state["deployment"].get("secrets_providers") or {}).get("state") or {}).get("salt", "")
    cipher = StackCipher(f"{STATE} in the backup", of_state, word)
    if salt != of_state:
        StackCipher(f"{needed[-1]} in the backup", salt, word)
    resources = [
        cipher.decrypted(each) for each in state["deployment"].get("resources") or [] if not each.get("delete")
    ]
    bootstrap = json.loads(content[BOOTSTRAP])
    _check_keys(folder, bootstrap, bootstrap_of(resources))
    values = {(each["secretPath"], each["key"]): each["value"] for each in json.loads(content[VALUES])["secrets"]}
    return Opened(
        folder=folder,
        manifest=manifest,
        passphrase=word,
        verified=verified,
        config=declared.get("config") or {},
        salt=salt,
        state=state,
        bootstrap=bootstrap,
        keys=keys,
        has_dump=PART in parts,
        values=values,
        values_file=content[VALUES],
    )


def _keys(folder: Path, identities: Sequence[Path], manifest: Manifest) -> Keys:
    keys = find_keys(identities, manifest)
    if not keys.suffix:
        what, fix = f"There is no key for {folder}", "name an age identity with --identity, or import the key into gpg"
        raise OperationError(what, expected="a recipient's secret key", fix=fix)
    return keys


def _read(folder: Path, part: str, keys: Keys) -> bytes:
    sink = io.BytesIO()
    decrypt(folder, part, keys, sink)
    return sink.getvalue()


def _check_keys(folder: Path, kept: Mapping[str, str], in_state: Mapping[str, str]) -> None:
    """A recovery takes the keys from the state, or from `bootstrap.json` if the passphrase is lost."""
    if wrong := [
        name
        for name in sorted({*kept, *in_state, ENCRYPTION_KEY})
        if name in kept or name in in_state
        if not hmac.compare_digest(kept.get(name, "").encode(), in_state.get(name, "").encode())
    ]:
        what = f"{', '.join(wrong)}: {BOOTSTRAP} and {STATE} in {folder} have different values"
        raise OperationError(
            what,
            found="two values, of which one opens Infisical's data",
            expected="one value in both parts, as the backup wrote it",
            fix="drill an earlier backup, and make a new backup",
        )
