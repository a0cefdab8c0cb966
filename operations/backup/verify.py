"""`backup verify`: proves that a backup is undamaged, that each part decrypts, and that its key opens its dump."""

from __future__ import annotations

import argparse
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from declaration.cluster.backup_layout import AGE_SUFFIX
from declaration.yaml_text import load_yaml
from operations.backup.defaults import backup_of, given_targets
from operations.backup.keys.decryption import Keys, decrypt, find_keys
from operations.backup.options import NAME, PAGE, add_backup, add_stack, reported
from operations.backup.parts.contents import BOOTSTRAP, ENCRYPTION_KEY, STATE, VALUES
from operations.backup.parts.database import PART
from operations.backup.parts.dump import REFUTED, DumpCheck, Uncompressed, opening
from operations.backup.targets.folders import chosen
from operations.backup.targets.manifest import FILE, Manifest, damage, read_manifest
from operations.errors import OperationError

OWN: Final = f"{NAME} verify"


def main(arguments: list[str]) -> int:
    """Return the exit code: 0, 2 for damage or an error, 130 when interrupted."""
    parser = argparse.ArgumentParser(
        prog=OWN,
        description="Check the checksums of a backup. With the key of a recipient, also decrypt and read every part, "
        f"and check that ENCRYPTION_KEY opens the database. Nothing is written. See {PAGE}.",
    )
    add_backup(parser, is_optional=True)
    add_stack(parser)
    asked = parser.parse_args(arguments)
    return reported(lambda: _verify_all(asked), "Nothing was changed.")


def _verify_all(asked: argparse.Namespace) -> int:
    for folder in [asked.backup] if asked.backup else given_targets([], backup_of(asked)):
        _verify(chosen(folder), asked.identity)
    return 0


def _verify(folder: Path, identities: list[Path]) -> None:
    manifest = read_manifest(folder)
    check_files(folder, manifest)
    number = len(manifest.files)
    right = "checksum of 1 file is" if number == 1 else f"checksums of {number} files are"
    print(f"{folder}: the {right} right")
    keys = find_keys(identities, manifest)
    if not keys.suffix:
        print("Not decrypted: name an age identity with --identity, or import the OpenPGP secret key into gpg.")
        return
    for line in check_parts(folder, manifest, keys):
        print(line)


def check_files(folder: Path, manifest: Manifest) -> None:
    """
    :raises OperationError: a file is missing or damaged
    """
    if found := damage(folder, manifest):
        what, fix = f"The backup {folder} is damaged", "use another copy, and make a new backup"
        raise OperationError(what, found="\n".join(found), expected=f"the files that {FILE} describes", fix=fix)


def parts_of(manifest: Manifest, keys: Keys) -> list[str]:
    """
    The parts that these keys decrypt.

    :raises OperationError: the backup was not encrypted to keys of this kind
    """
    found = [name.removesuffix(keys.suffix) for name in manifest.files if name.endswith(keys.suffix)]
    if not found:
        kind, other = ("age", "gpg") if keys.suffix == AGE_SUFFIX else ("gpg", "age")
        what, fix = f"The backup has no part for {kind}", f"use the key for {other} of one of the recipients"
        raise OperationError(what, found="\n".join(manifest.recipients), fix=fix)
    return found


def check_parts(folder: Path, manifest: Manifest, keys: Keys) -> Iterator[str]:
    """
    Decrypt and read every part, and say what that proves of each. Nothing is written.

    :raises OperationError: a part does not decrypt, is not what it should be, or ENCRYPTION_KEY does not open the dump
    """
    parts = parts_of(manifest, keys)
    key = ""
    for part in parts:
        if part == PART:
            continue
        sink = io.BytesIO()
        decrypt(folder, part, keys, sink)
        content = _parsed(part, sink.getvalue())
        if part == BOOTSTRAP:
            key = content.get(ENCRYPTION_KEY, "")
        yield f"{part}: decrypted and read; {manifest.parts.get(part, '')}"
    if PART in parts:
        check = DumpCheck()
        sql = Uncompressed(check.write)
        decrypt(folder, PART, keys, sql)
        if not (sql.is_complete and check.is_complete):
            what = f"{PART} is not a complete dump"
            raise OperationError(what, fix="use another copy, and make a new backup")
        proof = check.opened_with(key) if key else "not proven: the backup has no ENCRYPTION_KEY"
        if proof == REFUTED:
            raise wrong_key()
        yield f"{PART}: decrypted and complete; {opening(proof)}"


def wrong_key() -> OperationError:
    return OperationError(
        "ENCRYPTION_KEY in the backup does not open the database in the backup",
        found="a root key in the dump that another key encrypted",
        expected="the ENCRYPTION_KEY that Infisical started with",
        fix="find the key in earlier backups, or in the environment of a pod that still runs, and keep both",
    )


def _parsed(part: str, content: bytes) -> Any:
    checks: dict[str, Callable[[Any], bool]] = {
        BOOTSTRAP: lambda found: isinstance(found, dict),
        VALUES: lambda found: all("key" in each and "value" in each for each in found["secrets"]),
        STATE: lambda found: isinstance(found["deployment"], dict),
    }
    try:
        if part not in checks:
            problems: list[Any] = []
            found: Any = load_yaml(part, content.decode(), problems)
            is_right = not problems and isinstance(found, dict)
        else:
            found = json.loads(content)
            is_right = checks[part](found)
    except (ValueError, KeyError, TypeError):
        is_right = False
    if not is_right:
        what = f"{part} decrypts to something else"
        raise OperationError(what, expected="its content", fix="use another copy")
    return found
