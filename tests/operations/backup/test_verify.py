"""`backup verify`: a backup is undamaged, decrypts, parses, and its key opens its dump."""

from __future__ import annotations

import json
from pathlib import Path

import pyrage
import pytest

from drill.opened import open_backup
from operations.backup.targets.manifest import checksum
from operations.errors import OperationError
from tests.operations.backup.gpg import Gpg
from tests.operations.backup.lab import STACK_FILE, BackupLab

PARTS = ("bootstrap.json", "values.json", "state.json", STACK_FILE, "database.sql.gz")


def test_every_part_is_decrypted_and_read(homelab: BackupLab) -> None:
    homelab.back_up()

    ran = homelab.verify(homelab.backup(), "--identity", homelab.identity)

    assert ran.code == 0, ran.text
    assert "the checksums of 5 files are right" in ran.out
    assert [line.partition(":")[0] for line in ran.out.splitlines()[1:]] == list(PARTS)
    assert "database.sql.gz: decrypted and complete; ENCRYPTION_KEY opens it" in ran.out
    assert "canary" not in ran.text


def test_the_newest_backup_of_a_folder_is_verified(homelab: BackupLab) -> None:
    homelab.back_up()

    assert f"{homelab.backup()}: " in homelab.verify(homelab.target).out


def test_without_a_key_only_the_checksums_are_verified(homelab: BackupLab, gpg: Gpg) -> None:
    homelab.back_up(recipients=(gpg.fingerprint,))
    gpg.forget_secret_key()

    ran = homelab.verify(homelab.backup())

    assert ran.code == 0
    assert "checksums of 5 files are right" in ran.out
    assert "Not decrypted" in ran.out


@pytest.mark.parametrize("part", PARTS)
def test_a_changed_byte_is_found(homelab: BackupLab, part: str) -> None:
    homelab.back_up()
    file = homelab.backup() / f"{part}.age"
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)

    ran = homelab.verify(homelab.backup())

    assert ran.code == 2
    assert f"{part}.age: its checksum differs" in ran.err


def test_a_missing_file_is_found(homelab: BackupLab) -> None:
    homelab.back_up()
    (homelab.backup() / "values.json.age").unlink()

    ran = homelab.verify(homelab.backup())

    assert ran.code == 2
    assert "values.json.age: missing" in ran.err


def test_a_key_that_is_no_recipient_decrypts_nothing(homelab: BackupLab) -> None:
    homelab.back_up()
    other = homelab.lab.write("other.txt", str(pyrage.x25519.Identity.generate()))

    ran = homelab.verify(homelab.backup(), "--identity", other)

    assert ran.code == 2
    assert "bootstrap.json.age cannot be decrypted" in ran.err


@pytest.mark.parametrize("content", ["", "nonsense", "AGE-SECRET-KEY-1NONSENSE"])
def test_a_file_without_an_identity_is_refused(homelab: BackupLab, content: str) -> None:
    homelab.back_up("--no-database")

    ran = homelab.verify(homelab.backup(), "--identity", homelab.lab.write("other.txt", content))

    assert ran.code == 2
    assert "no key that can be used" in ran.err


def test_a_dump_that_another_key_opens_is_found(homelab: BackupLab) -> None:
    homelab.back_up()
    _replace(
        homelab, homelab.backup(), "bootstrap.json", b'{"infisicalEncryptionKey": "ffffffffffffffffffffffffffffffff"}'
    )

    ran = homelab.verify(homelab.backup(), "--identity", homelab.identity)

    assert ran.code == 2
    assert "ENCRYPTION_KEY in the backup does not open the database in the backup" in ran.err


def test_a_new_backup_whose_key_does_not_open_its_database_is_kept_with_a_warning(homelab: BackupLab) -> None:
    homelab.fill_database(key="f" * 32)

    ran = homelab.back_up()

    assert ran.code == 1
    assert "warning: ENCRYPTION_KEY in the backup does not open the database" in ran.err
    assert "database.sql.gz      Infisical's database; ENCRYPTION_KEY does not open it" in ran.out
    assert homelab.verify(homelab.backup(), "--identity", homelab.identity).code == 2
    assert homelab.plain("status", "--to", homelab.target).code == 1
    with pytest.raises(OperationError, match="ENCRYPTION_KEY in the backup does not open the database"):
        open_backup(homelab.backup(), [homelab.identity], lambda: pytest.fail("a drill would begin"))


def test_a_dump_without_a_root_key_proves_nothing(homelab: BackupLab) -> None:
    homelab.pod.ask("DROP TABLE kms_root_config", database="infisicalDB")
    homelab.back_up()

    ran = homelab.verify(homelab.backup(), "--identity", homelab.identity)

    assert ran.code == 0
    assert "whether ENCRYPTION_KEY opens it is not proven: the dump has no row in the table kms_root_config" in ran.out


@pytest.mark.parametrize("content", [b"not gzip", b""])
def test_a_part_that_decrypts_to_something_else_is_found(homelab: BackupLab, content: bytes) -> None:
    homelab.back_up()
    for part in ("database.sql.gz", "values.json"):
        _replace(homelab, homelab.backup(), part, content)

        ran = homelab.verify(homelab.backup(), "--identity", homelab.identity)

        assert ran.code == 2
        assert "use another copy" in ran.err


def _replace(homelab: BackupLab, folder: Path, part: str, content: bytes) -> None:
    """Replace a part and its checksum, as no disk does."""
    recipient = pyrage.x25519.Recipient.from_str(homelab.recipient)
    file = folder / f"{part}.age"
    file.write_bytes(pyrage.encrypt(content, [recipient]))
    found = checksum(file)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"][file.name] = {"bytes": found.bytes, "sha256": found.sha256}
    (folder / "manifest.json").write_text(json.dumps(manifest))
