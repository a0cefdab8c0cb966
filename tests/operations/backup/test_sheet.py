"""`backup sheet`: what is where, and the commands of each recovery, for the safe."""

from __future__ import annotations

import io
import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from operations.backup.parts.program import remote_of
from tests.checkout import CHECKOUT
from tests.operations.backup.lab import KEY, SECRETS, BackupLab

CHAPTERS = (
    "Before every recovery",
    "The cluster is lost, or cluster and state",
    "Only Infisical's data is lost",
    "Only the state is lost",
    "The passphrase is lost",
    "After every recovery",
)


def commands(text: str, chapter: str) -> list[str]:
    """The commands of one chapter."""
    _, _, rest = text.partition(f"## {chapter}\n")
    blocks = re.findall(r"^```sh\n(.*?)^```$", rest.partition("\n## ")[0], re.MULTILINE | re.DOTALL)
    return "".join(blocks).splitlines()


def test_it_says_what_is_where(homelab: BackupLab) -> None:
    homelab.back_up()

    ran = homelab.run("sheet", "--to", homelab.target)

    assert ran.code == 0, ran.text
    assert f"| newest backup | `{homelab.backup()}` |" in ran.out
    assert f"| secret key of `{homelab.recipient}` | ____" in ran.out
    assert "| passphrase of the stack | ____" in ran.out
    assert "`docker.io/infisical/infisical:v0.158.0`" in ran.out
    assert [line.removeprefix("## ") for line in ran.out.splitlines() if line.startswith("## ")] == list(CHAPTERS)


def test_it_has_no_value(homelab: BackupLab) -> None:
    homelab.back_up()

    ran = homelab.run("sheet", "--to", homelab.target)

    assert "canary" not in ran.text
    assert KEY not in ran.text


def test_the_commands_to_decrypt_are_options_that_exist(homelab: BackupLab) -> None:
    homelab.back_up()

    found = commands(homelab.run("sheet", "--to", homelab.target).out, "Before every recovery")

    homelab.lab.patch.chdir(homelab.lab.folder)
    own = [shlex.split(line)[3:] for line in found if " -m operations " in line]
    assert [each[:2] for each in own] == [["backup", "verify"], ["backup", "extract"]]
    for arguments in own:
        assert homelab.plain(*arguments[1:]).code == 0
    assert Path("recovery/bootstrap.json").is_file()


def test_a_stack_without_its_passphrase_gets_the_keys_from_the_backup(homelab: BackupLab) -> None:
    homelab.back_up()
    found = commands(homelab.run("sheet", "--to", homelab.target).out, "The passphrase is lost")
    homelab.plain("extract", homelab.target, "--to", homelab.lab.folder / "recovery", "--identity", homelab.identity)
    recorder = homelab.lab.folder / "kubectl" / "pulumi"
    recorder.write_text('#!/bin/sh\nfor last; do :; done\ncat > "set-$last"\n')
    recorder.chmod(0o755)
    (homelab.lab.folder / ".venv").symlink_to(CHECKOUT / ".venv")
    sets = [line for line in found if "config set" in line]

    script = "\n".join(["set -eu", *sets])
    subprocess.run(["/bin/sh", "-s"], input=script, cwd=homelab.lab.folder, env={**os.environ}, text=True, check=True)

    for name, value in SECRETS.items():
        assert (homelab.lab.folder / f"set-homelab:{name}").read_text() == f"{value}\n"


def test_a_database_that_is_not_in_the_backup_is_not_restored(homelab: BackupLab) -> None:
    homelab.back_up("--no-database")

    text = homelab.run("sheet", "--to", homelab.target).out

    assert "database.sql.gz" not in text
    assert "import-values recovery/values.json --to infisical" in text


def test_values_need_a_file_and_a_yes(homelab: BackupLab) -> None:
    homelab.back_up()
    file = homelab.lab.folder / "sheet.md"
    options = ("sheet", "--to", homelab.target, "--with-values", "--identity", homelab.identity)
    homelab.lab.patch.setattr("sys.stdin", io.StringIO(""))

    with pytest.raises(SystemExit):
        homelab.run(*options)
    refused = homelab.run(*options, "--output", file)
    assert refused.code == 1
    assert not file.exists()
    written = homelab.run(*options, "--output", file, "--yes")

    assert written.code == 0, written.text
    assert f"| infisicalEncryptionKey | `{KEY}` |" in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600
    assert KEY not in refused.text + written.text


def test_an_existing_file_is_not_overwritten(homelab: BackupLab) -> None:
    homelab.back_up("--no-database")

    ran = homelab.run("sheet", "--to", homelab.target, "--output", homelab.identity)

    assert ran.code == 2
    assert "AGE-SECRET-KEY" in homelab.identity.read_text()


def test_without_a_backup_there_is_no_sheet(homelab: BackupLab) -> None:
    ran = homelab.run("sheet", "--to", homelab.target)

    assert ran.code == 2
    assert "has no complete backup of the stack homelab" in ran.err


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://me:canary@git.example.net/homelab.git", "https://git.example.net/homelab.git"),
        ("https://canary@git.example.net/homelab.git", "https://git.example.net/homelab.git"),
        ("git@git.example.net:me/homelab.git", "git@git.example.net:me/homelab.git"),
        ("ssh://git@git.example.net/homelab.git", "ssh://git@git.example.net/homelab.git"),
    ],
)
def test_a_login_in_the_address_of_the_repository_is_left_out(tmp_path: Path, address: str, shown: str) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    subprocess.run(["git", "-C", str(tmp_path), "remote", "add", "origin", address], check=True)

    assert remote_of(tmp_path) == shown
