"""The job in the cluster: its own commands dump a real PostgreSQL, and `backup` reads what they wrote."""

from __future__ import annotations

import datetime
import json
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest

from tests.operations.backup.gpg import ADDRESS, Gpg
from tests.operations.backup.job import Job, Owner, registered
from tests.operations.backup.lab import IN_THE_DATABASE, BackupLab, plain_files
from tests.operations.backup.test_retention import change
from tests.operations.encryption_key.postgres_pod import PostgresPod

PASSWORD: Final = "canary-password-of-infisical"
AWKWARD: Final = "canary/p@ss:w%rd?&\\"
EXTERNAL: Final = {"kind": "external", "secretName": "infisical-database", "secretKey": "DB_CONNECTION_URI"}


@pytest.fixture
def job(owner: Owner, programs: Path, tmp_path: Path) -> Job:
    """With the chart's database."""
    own_by(owner.pod, PASSWORD)
    return made(owner.pod, programs, tmp_path, recipients=[owner.recipient])


def own_by(pod: PostgresPod, password: str) -> None:
    """Let the role `infisical` own the tables and log in."""
    escaped = password.replace("'", "''")
    pod.server.execute(f"ALTER USER infisical PASSWORD '{escaped}'")
    for table in ("secrets", "kms_root_config"):
        pod.ask(f"ALTER TABLE {table} OWNER TO infisical", database="infisicalDB")


def made(pod: PostgresPod, programs: Path, folder: Path, **declared: Any) -> Job:
    folder = folder / "pod"
    folder.mkdir()
    here = {"PGHOST": "127.0.0.1", "PGPORT": str(pod.server.port)}
    path = f"{programs}:{pod.server.programs}"
    return Job(registered(**declared), folder, path, {"PGPASSWORD": PASSWORD}, here)


def failing(folder: Path, program: str, script: str = "exit 1") -> Path:
    folder.mkdir()
    (folder / program).write_text(f"#!/bin/sh\n{script}\n")
    (folder / program).chmod(0o755)
    return folder


def test_the_backup_is_verified_with_the_identity(job: Job, owner: Owner) -> None:
    done = job.run()

    assert done.returncode == 0, done.stderr
    (name,) = job.names()
    assert name.startswith("homelab-database-")
    verified = owner.verify(job.volume, "--identity", owner.identity)
    assert verified.code == 0, verified.text
    assert "database.sql.gz: decrypted and complete" in verified.out
    assert "the backup has no ENCRYPTION_KEY" in verified.out


def test_the_dump_goes_into_psql_of_any_version(job: Job, owner: Owner, programs: Path, tmp_path: Path) -> None:
    job.run()

    file = next(job.volume.glob("*/database.sql.gz.age"))
    argv: list[str | Path] = [programs / "age", "--decrypt", "--identity", owner.identity, file]
    compressed = subprocess.run(argv, check=True, capture_output=True).stdout
    sql = subprocess.run(["gunzip"], input=compressed, check=True, capture_output=True).stdout.decode()

    assert f"{IN_THE_DATABASE}5000\n" in sql
    assert "restrict" not in sql
    owner.pod.ask("CREATE DATABASE restored OWNER infisical")
    client = [*owner.pod.client("restored"), "-q"]
    subprocess.run(client, input=sql, text=True, check=True, capture_output=True)
    assert owner.pod.ask("SELECT count(*) FROM secrets", database="restored") == ["5000"]


def test_it_is_extracted_for_a_recovery(job: Job, owner: Owner, tmp_path: Path) -> None:
    job.run()

    ran = owner.plain("extract", job.volume, "--to", tmp_path / "recovery", "--identity", owner.identity)

    assert ran.code == 0, ran.text
    assert [each.name for each in (tmp_path / "recovery").iterdir()] == ["database.sql.gz"]


def test_nothing_unencrypted_is_on_a_disk(job: Job) -> None:
    job.run()

    for folder in (job.volume, job.folder / "work"):
        assert IN_THE_DATABASE.encode() not in plain_files(folder)
        assert b"\x1f\x8b" not in {file.read_bytes()[:2] for file in folder.rglob("*") if file.is_file()}


def test_age_ssh_and_openpgp_recipients_can_each_decrypt(
    owner: Owner, gpg: Gpg, programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ssh = tmp_path / "ssh"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(ssh)], check=True)
    exported = subprocess.run(["gpg", "--export", "--armor", ADDRESS], check=True, capture_output=True).stdout
    own_by(owner.pod, PASSWORD)
    recipients = [owner.recipient, ssh.with_suffix(".pub").read_text().strip(), "owner.asc"]
    with monkeypatch.context() as patch:
        patch.chdir(program_in(tmp_path, exported))
        job = made(owner.pod, programs, tmp_path, recipients=recipients)

    done = job.run()

    assert done.returncode == 0, done.stderr
    manifest = json.loads(next(job.volume.glob("*/manifest.json")).read_text())
    assert manifest["recipients"] == [*recipients[:2], gpg.fingerprint]
    for options in (("--identity", owner.identity), ("--identity", ssh), ()):
        verified = owner.verify(job.volume, *options)
        assert verified.code == 0, verified.text
        assert "decrypted and complete" in verified.out


def program_in(folder: Path, key: bytes) -> Path:
    """A project with a key in a file."""
    project = folder / "program"
    project.mkdir()
    (project / "owner.asc").write_bytes(key)
    return project


def test_an_external_database_is_dumped_with_its_connection_string(
    owner: Owner, programs: Path, tmp_path: Path
) -> None:
    own_by(owner.pod, AWKWARD)
    job = made(owner.pod, programs, tmp_path, database=EXTERNAL, recipients=[owner.recipient])
    server = owner.pod.server
    password = "canary%2Fp%40ss%3Aw%25rd%3F%26%5C"
    uri = f"postgresql://infisical:{password}@127.0.0.1:{server.port}/infisicalDB?sslmode=prefer&connection_limit=5"
    job.secrets, job.variables = {"CONNECTION": uri}, {}

    done = job.run()

    assert done.returncode == 0, done.stderr
    assert owner.verify(job.volume, "--identity", owner.identity).code == 0


@pytest.mark.parametrize("uri", ["canary", "postgres://canary@host", "postgres://canary:canary@host/"])
def test_a_connection_string_of_another_form_is_named_and_not_shown(
    owner: Owner, programs: Path, tmp_path: Path, uri: str
) -> None:
    job = made(owner.pod, programs, tmp_path, database=EXTERNAL, recipients=[owner.recipient])
    job.secrets = {"CONNECTION": uri}

    done = job.run()

    assert done.returncode == 1
    assert "the connection string has no user, host and database" in done.stderr
    assert "canary" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("step", "program", "script"),
    [
        ("dump", "pg_dump", "echo '-- PostgreSQL'; exit 1"),
        ("dump", "pg_dump", "kill -9 $PPID"),
        ("dump", "gzip", "exit 1"),
        ("encrypt", "age", "exit 1"),
        ("store", "cp", "exit 1"),
        ("store", "sha256sum", "exit 1"),
        ("store", "mv", "exit 1"),
    ],
)
def test_a_step_that_fails_leaves_no_backup_and_removes_none(
    owner: Owner, programs: Path, tmp_path: Path, step: str, program: str, script: str
) -> None:
    own_by(owner.pod, PASSWORD)
    job = made(owner.pod, programs, tmp_path, recipients=[owner.recipient], keep=1)
    (job.volume / "homelab-database-20200101T000000Z").mkdir()

    done = job.run(**{step: failing(tmp_path / "broken", program, script)})

    assert done.returncode != 0
    assert job.names() == ["homelab-database-20200101T000000Z"]
    assert "canary" not in done.stdout + done.stderr


def test_a_killed_step_leaves_nothing_that_looks_like_a_backup(job: Job, owner: Owner, tmp_path: Path) -> None:
    killed = job.run(store=failing(tmp_path / "broken", "sync", "kill -9 $PPID"))

    assert killed.returncode != 0
    assert [each[:18] for each in job.names()] == [".homelab-database-"]
    assert owner.plain("status", "--to", job.volume).out == f"{job.volume}: no backup\n"
    assert job.run().returncode == 0
    assert len(job.names()) == 1, "the next run removes what is left"


def test_a_wrong_password_fails_and_is_not_shown(job: Job) -> None:
    job.secrets = {"PGPASSWORD": "canary-of-another"}

    done = job.run()

    assert done.returncode == 1
    assert "Infisical's database was not dumped" in done.stderr
    assert "canary" not in done.stdout + done.stderr
    assert job.names() == []


def aged(job: Job, *days: int) -> None:
    """Turn the only backup into older ones."""
    (original,) = [each for each in job.volume.iterdir() if not each.name.startswith(".")]
    now = datetime.datetime.now(datetime.UTC)
    for each in days:
        created = now - datetime.timedelta(days=each)
        copy = job.volume / f"homelab-database-{created:%Y%m%dT%H%M%SZ}"
        subprocess.run(["cp", "-r", original, copy], check=True)
        change(copy, created=f"{created:%Y-%m-%dT%H:%M:%SZ}")
    subprocess.run(["rm", "-r", original], check=True)


@pytest.mark.parametrize(
    ("fields", "kept"), [({"keep": 2}, 2), ({"keepDays": 30}, 2), ({"keep": 1, "keepDays": 400}, 1), ({}, 4)]
)
def test_outdated_backups_are_removed_as_declared(
    owner: Owner, programs: Path, tmp_path: Path, fields: dict[str, int], kept: int
) -> None:
    own_by(owner.pod, PASSWORD)
    job = made(owner.pod, programs, tmp_path, recipients=[owner.recipient], **fields)
    job.run()
    aged(job, 20, 40, 60)
    names_of_others = ("homelab-20200101T000000Z", "lost+found", "other-database-20200101T000000Z")
    others = [job.volume / name for name in names_of_others]
    for each in others:
        each.mkdir()

    done = job.run()

    assert done.returncode == 0, done.stderr
    names = [each for each in job.names() if each.startswith("homelab-database-")]
    assert len(names) == kept
    assert all(each.exists() for each in others)


def test_status_shows_its_age_and_that_it_has_only_the_database(job: Job, owner: Owner) -> None:
    job.run()

    ran = owner.plain("status", "--to", job.volume)

    assert ran.code == 0, ran.text
    assert "1 backup, the newest less than an hour old" in ran.out
    assert "; only the database" in ran.out


def test_it_neither_counts_for_a_complete_backup_nor_is_removed_with_them(job: Job, homelab: BackupLab) -> None:
    homelab.back_up()
    old = homelab.backup().rename(homelab.target / "homelab-20200101T120000Z")
    change(old, created="2020-01-01T12:00:00Z")
    own_by(homelab.pod, PASSWORD)
    assert job.run().returncode == 0
    (name,) = job.names()
    (job.volume / name).rename(homelab.target / name)

    status = homelab.plain("status", "--to", homelab.target)
    kept = homelab.back_up("--keep", "1")

    assert "overdue" in status.out
    assert kept.code == 0, kept.text
    assert (homelab.target / name).exists()


def test_the_sheet_needs_a_complete_backup(job: Job, owner: Owner) -> None:
    job.run()

    ran = owner.plain("sheet", "--to", job.volume)

    assert ran.code == 2
    assert "only dumps of the database" in ran.err


def test_the_real_age_decrypts_what_the_command_wrote(homelab: BackupLab, programs: Path) -> None:
    homelab.back_up()

    argv: list[str | Path] = [
        programs / "age",
        "--decrypt",
        "--identity",
        homelab.identity,
        homelab.backup() / "bootstrap.json.age",
    ]
    done = subprocess.run(argv, check=True, capture_output=True)

    assert json.loads(done.stdout) == json.loads(homelab.opened("bootstrap.json"))
