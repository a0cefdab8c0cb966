from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.infisical.keys import Keys, write_keys
from sandbox.infisical.process import MAIN
from tests.sandbox.infisical.admin import Admin, query
from tests.waiting import PATIENCE_SECONDS
from tooling.errors import StartError

KEY = "0123456789abcdef0123456789abcdef"
SECRET = "a-secret-that-signs-the-tokens-of-this-test"


def boot(folder: Path, environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Start the fake, which is expected to end."""
    argv = [sys.executable, str(MAIN), f"--data={folder / 'data'}", "--port=0", *arguments]
    environment = {"PATH": os.environ["PATH"], **environment}
    return subprocess.run(argv, env=environment, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"AUTH_SECRET": SECRET}, "Please set the ENCRYPTION_KEY"),
        ({"ENCRYPTION_KEY": KEY[1:], "AUTH_SECRET": SECRET}, "Invalid key length"),
        ({"ENCRYPTION_KEY": KEY + "0", "AUTH_SECRET": SECRET}, "Invalid key length"),
        ({"ENCRYPTION_KEY": KEY}, "AUTH_SECRET is not set"),
    ],
    ids=["no encryption key", "short encryption key", "long encryption key", "no auth secret"],
)
def test_a_missing_or_invalid_key_prevents_the_start(tmp_path: Path, environment: dict[str, str], message: str) -> None:
    ended = boot(tmp_path, environment)

    assert ended.returncode == 1
    assert message in ended.stderr
    assert list(tmp_path.iterdir()) == [], "nothing was made"
    assert all(value not in ended.stderr + ended.stdout for value in environment.values())


def test_a_key_file_that_others_can_read_prevents_the_start(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    write_keys(keys, Keys(KEY, SECRET))
    keys.chmod(0o640)

    ended = boot(tmp_path, {}, f"--keys={keys}")

    assert ended.returncode == 1
    assert f"chmod 600 {keys}" in ended.stderr


def test_a_wrong_encryption_key_prevents_the_start_and_changes_nothing(own_admin: Admin) -> None:
    fake = own_admin.fake
    project = own_admin.project("homelab")
    own_admin.secret(project, "KEY", "value")
    fake.stop()
    before = (fake.server.data / "infisical.db").read_bytes()

    with pytest.raises(StartError) as refused:
        fake.start(encryption_key=KEY)

    assert any("Unsupported state or unable to authenticate data" in line for line in refused.value.log)
    assert "exit code 1" in refused.value.reason
    assert KEY not in str(refused.value)
    assert not fake.server.running
    assert (fake.server.data / "infisical.db").read_bytes() == before
    fake.start()
    assert own_admin.do("GET", f"/api/v4/secrets/KEY?{query(project)}")["secret"]["secretValue"] == "value"


def test_a_changed_auth_secret_only_invalidates_earlier_tokens(own_admin: Admin) -> None:
    login = own_admin.identity()
    token = own_admin.login(login)

    own_admin.fake.restart(auth_secret=SECRET)

    for earlier in (token, own_admin.token):
        answer = own_admin.call("GET", "/api/v1/projects", token=earlier)
        assert (answer.status, answer.body["error"], answer.body["message"]) == (403, "TokenError", "invalid signature")
    assert own_admin.call("GET", "/api/v1/projects", token=own_admin.login(login)).status == 200
    own_admin.fake.restart()
    assert own_admin.call("GET", "/api/v1/projects", token=token).status == 200


def test_two_fakes_cannot_use_the_same_data(own_admin: Admin) -> None:
    data = own_admin.fake.server.data

    ended = boot(data.parent, {"ENCRYPTION_KEY": own_admin.fake.encryption_key, "AUTH_SECRET": SECRET})

    assert ended.returncode == 1
    assert "another fake Infisical is running" in ended.stderr
