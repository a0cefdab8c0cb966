"""`homelab:backup`: optional. A recipient that cannot be used is found before a backup needs it, and is not shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyrage
import pytest

from declaration import Backup, Problem, parse_backup
from tests.declaration.stack_config import stack_file
from tests.declaration.test_homelab import _parsed, _refused

ROOT = "homelab:backup"
AGE = "age1w3tf3dcvte4jmgdnr50ggrj3t43r2em2f7c8vptt0k45jx6ewuaqmpzp4g"
SECRET = "AGE-SECRET-KEY-1CANARY"
SSH = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB8ipK0yYgAd0r7qAvlI1XvHtCDBHPTlKqMAPXzVp3c2 me@laptop"
PUBLIC = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmDMEZ\n-----END PGP PUBLIC KEY BLOCK-----\n"


def parsed(declared: Any, project: Path = Path()) -> tuple[Backup, list[Problem]]:
    problems: list[Problem] = []
    return parse_backup(ROOT, declared, project, problems), problems


def test_without_it_there_are_no_defaults() -> None:
    assert _parsed(stack_file()).backup == Backup()


def test_every_field_is_read() -> None:
    declared = {"recipients": [AGE, SSH], "to": ["/mnt/usb", "~/nas"], "keep": 10, "keepDays": 90, "maxAgeDays": 2}

    backup = _parsed({**stack_file(), "backup": declared}).backup

    assert backup == Backup((AGE, SSH), ("/mnt/usb", "~/nas"), 10, 90, 2)


def test_every_key_of_age_is_accepted() -> None:
    keys = [str(pyrage.x25519.Identity.generate().to_public()) for _ in range(50)]

    assert parsed({"recipients": keys})[1] == []


def test_a_key_in_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys/owner.asc").write_text(PUBLIC)

    backup, problems = parsed({"recipients": ["keys/owner.asc"]}, tmp_path)

    assert problems == []
    assert backup.public_keys == {"keys/owner.asc": PUBLIC}


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (None, "owner.asc: no such file"),
        ("-----BEGIN PGP PRIVATE KEY BLOCK-----\ncanary\n", "owner.asc: a secret key"),
        ("canary", "owner.asc: another content"),
    ],
)
def test_a_file_without_a_public_key_is_a_problem(tmp_path: Path, content: str | None, found: str) -> None:
    if content is not None:
        (tmp_path / "owner.asc").write_text(content)

    (problem,) = parsed({"recipients": ["owner.asc"]}, tmp_path)[1]

    assert (problem.path, problem.found) == (f"{ROOT}.recipients[0]", found)
    assert "canary" not in str(problem)


@pytest.mark.parametrize(
    ("recipient", "found"),
    [
        (f"{AGE[:-1]}{'q' if AGE[-1] != 'q' else 'p'}", "a string of 62 characters that is no public key"),
        (AGE[:-1], "a string of 61 characters that is no public key"),
        (SECRET, "a secret key"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----", "a secret key"),
        ("canary", "a string of 6 characters that is no public key"),
        ("../owner.asc/", "a string of 13 characters that is no public key"),
    ],
)
def test_a_recipient_that_is_no_public_key_is_not_shown(recipient: str, found: str) -> None:
    (problem,) = parsed({"recipients": [recipient]})[1]

    assert (problem.path, problem.found) == (f"{ROOT}.recipients[0]", found)
    assert recipient not in str(problem)


def test_a_secret_key_that_is_there_twice_is_not_shown() -> None:
    assert SECRET not in "".join(map(str, parsed({"recipients": [SECRET, SECRET]})[1]))


@pytest.mark.parametrize(
    ("declared", "path", "found"),
    [
        ({"to": ["backups"]}, f"{ROOT}.to[0]", "'backups'"),
        ({"keep": 0}, f"{ROOT}.keep", "0"),
        ({"keepDays": "90"}, f"{ROOT}.keepDays", "a string"),
        ({"recipient": AGE}, f"{ROOT}.recipient", "an unknown field"),
        ("/mnt/usb", ROOT, "a string"),
    ],
)
def test_an_invalid_field_is_a_problem(declared: Any, path: str, found: str) -> None:
    (problem,) = parsed(declared)[1]

    assert (problem.path, problem.found) == (path, found)


def test_an_encrypted_declaration_of_backups_is_refused() -> None:
    config = {**stack_file(), "backup": {"to": ["/mnt/usb"]}}

    (problem,) = _refused(config, encrypted={"backup"})

    assert problem.path == ROOT
    assert "encrypted" in problem.found
