from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sandbox.infisical import InfisicalServer, Settings
from tests.sandbox.infisical.admin import PASSWORD, Admin, place, query
from tests.sandbox.infisical.client import send
from tooling.errors import StartError

CANARY = "canary-in-the-coal-mine"


def files_that_hold(folder: Path, text: str) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and text.encode() in path.read_bytes()]


@pytest.fixture
def written(own_admin: Admin) -> Admin:
    """Secrets whose values, comments and earlier versions contain the canary."""
    project = own_admin.project("homelab")
    comment = {"secretComment": f"comment of {CANARY}"}
    own_admin.do("POST", "/api/v4/secrets/KEY", place(project) | comment | {"secretValue": CANARY})
    own_admin.do("PATCH", "/api/v4/secrets/KEY", place(project) | {"secretValue": f"{CANARY} 2"})
    own_admin.secret(project, "OTHER", f"{CANARY} 3")
    own_admin.do("DELETE", "/api/v4/secrets/OTHER", place(project))
    return own_admin


@pytest.mark.parametrize("running", [True, False], ids=["running", "stopped"])
def test_no_value_is_in_any_file(written: Admin, running: bool) -> None:
    if not running:
        written.fake.stop()

    assert files_that_hold(written.fake.directory, "KEY"), "names are in clear, so the search does find things"
    assert files_that_hold(written.fake.directory, CANARY) == []


def test_no_password_client_secret_token_or_key_is_in_any_file(written: Admin) -> None:
    login = written.identity()
    token = written.login(login)
    fake = written.fake

    for secret in (PASSWORD, login.client_secret, token, written.token, fake.encryption_key, fake.auth_secret):
        assert files_that_hold(fake.directory, secret) == []


def test_no_key_is_in_the_process_arguments(written: Admin) -> None:
    arguments = Path(f"/proc/{written.fake.server.pid}/cmdline").read_bytes()

    assert b"--data=" in arguments
    assert written.fake.encryption_key.encode() not in arguments
    assert written.fake.auth_secret.encode() not in arguments


def test_only_the_owner_can_read_the_files(written: Admin) -> None:
    data = written.fake.server.data

    assert data.stat().st_mode & 0o077 == 0
    assert (data / "infisical.db").stat().st_mode & 0o077 == 0


def test_a_copy_of_the_data_needs_the_same_key(written: Admin, tmp_path: Path) -> None:
    fake = written.fake
    fake.stop()
    copy = InfisicalServer(tmp_path / "copy", settings=Settings(bcrypt_rounds=4), tethered=True)
    copy.data.mkdir(parents=True)
    shutil.copy(fake.server.data / "infisical.db", copy.data)

    with pytest.raises(StartError):
        copy.start("f" * 32, fake.auth_secret)
    try:
        copy.start(fake.encryption_key, fake.auth_secret)
        url = copy.url or ""
        project = send(url, "GET", "/api/v1/projects/slug/homelab", token=written.token).body["id"]
        secret = send(url, "GET", f"/api/v4/secrets/KEY?{query(project)}", token=written.token).body["secret"]
    finally:
        copy.stop()

    assert secret["secretValue"] == f"{CANARY} 2"
