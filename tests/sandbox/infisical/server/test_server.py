from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.controlplane.ports import choose
from sandbox.infisical import InfisicalServer, Settings
from tests.checkout import CHECKOUT
from tests.sandbox.infisical.client import send
from tests.waiting import PATIENCE_SECONDS
from tooling.errors import StartError

KEY, SECRET = "0123456789abcdef0123456789abcdef", "a-secret-that-signs-the-tokens-of-this-test"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[InfisicalServer]:
    server = InfisicalServer(tmp_path / "infisical", settings=Settings(bcrypt_rounds=4), tethered=True)
    yield server
    server.stop(kill=True)


def test_it_is_started_once_and_stopped_once(server: InfisicalServer) -> None:
    assert (server.running, server.url, server.stop()) == (False, None, False)

    assert server.start(KEY, SECRET) is True
    pid = server.pid
    assert server.start(KEY, SECRET) is False
    assert (server.running, server.pid) == (True, pid)

    assert server.stop() is True
    assert (server.running, server.stop()) == (False, False)


def test_different_keys_restart_it(server: InfisicalServer) -> None:
    server.start(KEY, SECRET)
    pid = server.pid

    assert server.start(KEY, f"{SECRET}-rotated") is True

    assert server.running
    assert server.pid != pid


def test_a_second_object_for_the_same_folder_finds_it(server: InfisicalServer) -> None:
    server.start(KEY, SECRET)

    same = InfisicalServer(server.directory, settings=Settings(bcrypt_rounds=4), tethered=True)

    assert (same.running, same.pid, same.url) == (True, server.pid, server.url)
    assert same.start(KEY, SECRET) is False
    assert same.stop() is True


def test_its_port_is_kept(server: InfisicalServer) -> None:
    server.start(KEY, SECRET)
    url = server.url
    server.stop()

    server.start(KEY, SECRET)

    assert server.url == url


def test_a_given_port_is_used(tmp_path: Path) -> None:
    port = choose(1)[0]
    server = InfisicalServer(tmp_path, port, settings=Settings(bcrypt_rounds=4), tethered=True)
    server.start(KEY, SECRET)
    try:
        assert server.url == f"http://127.0.0.1:{port}"
        assert send(server.url, "GET", "/api/status").status == 200
    finally:
        server.stop()


def test_a_failed_start_leaves_no_process_and_no_keys(server: InfisicalServer) -> None:
    with pytest.raises(StartError, match="fake-infisical did not start") as refused:
        server.start("too short", SECRET)

    assert any("Invalid key length" in line for line in refused.value.log)
    assert SECRET not in str(refused.value)
    assert not server.running
    assert [path.name for path in server.directory.iterdir() if "key" in path.name] == []


def test_a_port_in_use_is_reported(server: InfisicalServer, tmp_path: Path) -> None:
    server.start(KEY, SECRET)
    other = InfisicalServer(tmp_path / "other", server.port or 0, settings=Settings(bcrypt_rounds=4), tethered=True)

    with pytest.raises(StartError) as refused:
        other.start(KEY, SECRET)

    assert any(f"cannot listen on 127.0.0.1:{server.port}" in line for line in refused.value.log)
    assert server.running


def test_it_listens_on_loopback_only(server: InfisicalServer) -> None:
    server.start(KEY, SECRET)
    port = f"{server.port:04X}"

    listening = [line.split()[1] for line in Path("/proc/net/tcp").read_text().splitlines() if f":{port} " in line]

    assert listening
    assert {each.split(":")[0] for each in listening} == {"0100007F"}
    assert f":{port} " not in Path("/proc/net/tcp6").read_text()


def test_it_is_marked_as_a_fake(server: InfisicalServer) -> None:
    server.start(KEY, SECRET)

    for path in ("/api/status", "/api/v1/projects", "/nowhere"):
        assert "fake" in send(server.url or "", "GET", path).headers["server"]
    assert "this is not Infisical" in server.log.read_text()
    assert b"sandbox/infisical" in Path(f"/proc/{server.pid}/cmdline").read_bytes()


def test_as_a_module_it_reads_its_keys_from_the_environment_and_ends_on_sigterm(tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "sandbox.infisical", f"--data={tmp_path}", "--port=0"]
    environment = os.environ | {"ENCRYPTION_KEY": KEY, "AUTH_SECRET": SECRET}
    with subprocess.Popen(argv, env=environment, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().split()[-1]
            status = send(url, "GET", "/api/status").status
        finally:
            process.send_signal(signal.SIGINT)
        code = process.wait(timeout=PATIENCE_SECONDS)

    assert (status, code) == (200, 0)


def test_it_can_be_started_from_any_folder(
    server: InfisicalServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTHONPATH", raising=False)

    assert server.start(KEY, SECRET) is True
    assert os.fspath(tmp_path) in os.fspath(server.data)
