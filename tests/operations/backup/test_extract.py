"""`backup extract`: all parts in a new private folder, or nothing."""

from __future__ import annotations

import json

import pyrage

from tests.operations.backup.gpg import Gpg
from tests.operations.backup.lab import STACK_FILE, BackupLab


def test_all_parts_are_decrypted_into_a_private_folder(homelab: BackupLab, gpg: Gpg) -> None:
    homelab.back_up(recipients=(homelab.recipient, gpg.fingerprint))
    parts = ["bootstrap.json", "database.sql.gz", STACK_FILE, "state.json", "values.json"]

    for name, options in (("age", ("--identity", homelab.identity)), ("gpg", ())):
        to = homelab.lab.folder / name
        ran = homelab.plain("extract", homelab.target, "--to", to, *options)

        assert ran.code == 0, ran.text
        assert sorted(each.name for each in to.iterdir()) == sorted(parts)
        assert to.stat().st_mode & 0o777 == 0o700
        assert {each.stat().st_mode & 0o777 for each in to.iterdir()} == {0o600}
        assert json.loads((to / "state.json").read_text()) == homelab.state(decrypted=False)
        assert "canary" not in ran.text


def test_a_key_that_is_no_recipient_leaves_no_folder(homelab: BackupLab) -> None:
    homelab.back_up()
    other = homelab.lab.write("other.txt", str(pyrage.x25519.Identity.generate()))

    ran = homelab.plain("extract", homelab.target, "--to", homelab.lab.folder / "out", "--identity", other)

    assert ran.code == 2
    assert not (homelab.lab.folder / "out").exists()


def test_an_existing_folder_is_not_used(homelab: BackupLab) -> None:
    homelab.back_up("--no-database")

    ran = homelab.plain("extract", homelab.target, "--to", homelab.lab.project, "--identity", homelab.identity)

    assert ran.code == 2
    assert "it exists" in ran.err
    assert (homelab.lab.project / STACK_FILE).exists()


def test_a_damaged_backup_is_not_extracted(homelab: BackupLab) -> None:
    homelab.back_up("--no-database")
    (homelab.backup() / "state.json.age").write_bytes(b"")

    ran = homelab.plain("extract", homelab.target, "--to", homelab.lab.folder / "out", "--identity", homelab.identity)

    assert ran.code == 2
    assert "is damaged" in ran.err
