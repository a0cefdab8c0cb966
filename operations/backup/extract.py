"""`backup extract`: decrypts a backup into a new private folder. Only a recovery needs this."""

from __future__ import annotations

import argparse
import os
import shutil
from pathlib import Path
from typing import Final

from operations.backup.keys.decryption import decrypt, find_keys
from operations.backup.options import NAME, PAGE, add_backup, reported
from operations.backup.targets.folders import chosen
from operations.backup.targets.manifest import read_manifest
from operations.backup.verify import check_files, parts_of
from operations.errors import OperationError

OWN: Final = f"{NAME} extract"


def main(arguments: list[str]) -> int:
    """Return the exit code: 0, 2 for an error, 130 when interrupted."""
    parser = argparse.ArgumentParser(
        prog=OWN,
        description="Decrypt all parts of a backup into a new folder that only you can read. Remove it after the "
        f"recovery. See {PAGE}.",
    )
    add_backup(parser)
    parser.add_argument("--to", type=Path, required=True, metavar="DIR", help="the folder to create")
    asked = parser.parse_args(arguments)
    return reported(lambda: _extract(asked.backup, asked.to, asked.identity), "Nothing was kept.")


def _extract(folder: Path, to: Path, identities: list[Path]) -> int:
    folder = chosen(folder)
    manifest = read_manifest(folder)
    check_files(folder, manifest)
    keys = find_keys(identities, manifest)
    if not keys.suffix:
        what = f"There is no key for {folder}"
        fix = "name an age identity with --identity, or import the OpenPGP secret key into gpg"
        raise OperationError(what, expected="a recipient's secret key", fix=fix)
    try:
        to.mkdir(mode=0o700)
    except FileExistsError:
        what, fix = f"The backup cannot be extracted to {to}", "name a folder that does not exist"
        raise OperationError(what, found="it exists", fix=fix) from None
    try:
        for part in parts_of(manifest, keys):
            descriptor = os.open(to / part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                decrypt(folder, part, keys, file)
    except BaseException:
        shutil.rmtree(to)
        raise
    names = ", ".join(sorted(each.name for each in to.iterdir()))
    print(f"Extracted to {to} (mode 0700): {names}.")
    print("The files are not encrypted: remove the folder after the recovery.")
    return 0
