"""RunPlugin: a plugin's output and exit code reach the engine, and the plugin never outlives its call."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import language_pb2

from tests.plugins.language.hosting import CHECKOUT, Host, eventually, is_running, program_info, refusal, started_host

STAYS = """
import os, pathlib, subprocess, time
other = subprocess.Popen(["sleep", "600"])
pathlib.Path("pids.new").write_text(f"{os.getpid()} {other.pid}")
os.rename("pids.new", "pids")
print("12345", flush=True)
time.sleep(600)
"""

STAYS_WHATEVER_COMES = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n" + STAYS


def plugin(tmp_path: Path, program: str) -> Path:
    folder = tmp_path / "plugin"
    folder.mkdir()
    (folder / "__main__.py").write_text(program)
    return folder


def request(folder: Path, *arguments: str, **fields: object) -> language_pb2.RunPluginRequest:
    return language_pb2.RunPluginRequest(
        pwd=str(folder.parent),
        args=arguments,
        info=program_info(folder, virtualenv=sys.prefix),
        **fields,  # type: ignore[arg-type]
    )


def outcome(responses: Iterator[language_pb2.RunPluginResponse]) -> tuple[str, str, int]:
    """stdout, stderr and the exit code, which comes last."""
    pieces = list(responses)
    stdout = b"".join(piece.stdout for piece in pieces)
    stderr = b"".join(piece.stderr for piece in pieces)
    assert pieces[-1].WhichOneof("output") == "exitcode"
    return stdout.decode(), stderr.decode(), pieces[-1].exitcode


def pids(folder: Path) -> list[int]:
    """The processes of a plugin that stays, once it has said which."""
    told = folder.parent / "pids"
    eventually(told.exists, "the plugin has started")
    return [int(pid) for pid in told.read_text().split()]


def test_stdout_stderr_and_the_exit_code_arrive(host: Host, tmp_path: Path) -> None:
    program = "import sys; print('out'); print('err', file=sys.stderr); sys.exit(7)"

    assert outcome(host.stub.RunPlugin(request(plugin(tmp_path, program)))) == ("out\n", "err\n", 7)


def test_a_plugin_that_ends_well_has_exit_code_0(host: Host, tmp_path: Path) -> None:
    assert outcome(host.stub.RunPlugin(request(plugin(tmp_path, "")))) == ("", "", 0)


def test_much_output_arrives_whole_and_in_order(host: Host, tmp_path: Path) -> None:
    program = "for number in range(100_000): print(number)"

    stdout, _, _ = outcome(host.stub.RunPlugin(request(plugin(tmp_path, program))))

    assert stdout.splitlines() == [str(number) for number in range(100_000)]


def test_the_plugin_has_its_folder_arguments_variables_and_working_directory(host: Host, tmp_path: Path) -> None:
    program = (
        "import os, sys, beside\n"
        "print(sys.argv, os.getcwd(), os.environ['GIVEN'], os.environ['VIRTUAL_ENV'], sys.executable, __name__)\n"
        "print([entry for entry in sys.path if 'plugins' in entry or entry == os.environ.get('CHECKOUT')])\n"
        "print(beside.__file__)\n"
    )
    folder = plugin(tmp_path, program)
    (folder / "beside.py").touch()
    environment = [f"{key}={value}" for key, value in os.environ.items()] + ["GIVEN=a=b", f"PYTHONPATH={CHECKOUT}"]

    stdout, stderr, code = outcome(host.stub.RunPlugin(request(folder, "127.0.0.1:9", env=environment)))

    assert (stderr, code) == ("", 0)
    assert stdout.splitlines() == [
        f"{[str(folder), '127.0.0.1:9']} {tmp_path} a=b {sys.prefix} {sys.prefix}/bin/python __main__",
        "[]",
        str(folder / "beside.py"),
    ]


@pytest.mark.parametrize("program", [STAYS, STAYS_WHATEVER_COMES], ids=["interruptible", "deaf"])
def test_cancelling_the_call_ends_the_plugin_and_what_it_started(host: Host, tmp_path: Path, program: str) -> None:
    folder = plugin(tmp_path, program)
    call = host.stub.RunPlugin(request(folder))
    assert next(call).stdout.startswith(b"12345")
    started = pids(folder)

    call.cancel()

    eventually(lambda: not any(map(is_running, started)), "the plugin and its child are gone")


@pytest.mark.parametrize("program", [STAYS, STAYS_WHATEVER_COMES], ids=["interruptible", "deaf"])
def test_a_killed_host_leaves_no_plugin_behind(tmp_path: Path, program: str) -> None:
    folder = plugin(tmp_path, program)
    with started_host() as host:
        call = host.stub.RunPlugin(request(folder))
        next(call)
        started = pids(folder)

        host.process.kill()

        eventually(lambda: not any(map(is_running, started)), "the plugin and its child are gone")


def test_an_interrupted_host_ends_its_plugins_and_itself(tmp_path: Path) -> None:
    folder = plugin(tmp_path, STAYS)
    with started_host() as host:
        call = host.stub.RunPlugin(request(folder))
        next(call)
        started = pids(folder)

        host.process.terminate()

        assert host.process.wait(timeout=30) == 0
        eventually(lambda: not any(map(is_running, started)), "the plugin and its child are gone")


def test_a_plugin_that_ends_while_its_child_holds_the_output_ends_the_call(host: Host, tmp_path: Path) -> None:
    program = "import subprocess; subprocess.Popen(['sleep', '600']); print('done')"

    assert outcome(host.stub.RunPlugin(request(plugin(tmp_path, program)))) == ("done\n", "", 0)


def test_an_interrupted_plugin_says_nothing(tmp_path: Path) -> None:
    folder = plugin(tmp_path, STAYS)
    with started_host() as host:
        call = host.stub.RunPlugin(request(folder))
        assert next(call).stdout.startswith(b"12345")
        pids(folder)

        host.stub.Cancel(empty_pb2.Empty())

        stdout, stderr, code = outcome(call)
        assert (stdout.strip(), stderr, code) == ("", "", 130)


def test_a_plugin_as_a_package_is_run_by_its_projects_name(host: Host, tmp_path: Path) -> None:
    """The SDK's `pulumi.run.plugin` imports the package; here it is not installed, which it says."""
    folder = tmp_path / "plugin"
    folder.mkdir()
    (folder / "pyproject.toml").write_text('[project]\nname = "no-such-package"\n')

    _, stderr, code = outcome(host.stub.RunPlugin(request(folder)))

    assert code == 1
    assert "No module named 'no_such_package'" in stderr


def test_a_folder_with_nothing_to_run_is_refused(host: Host, tmp_path: Path) -> None:
    code, text = refusal(lambda: host.stub.RunPlugin(request(tmp_path)))

    assert code == grpc.StatusCode.FAILED_PRECONDITION
    assert "neither a __main__.py nor a pyproject.toml" in text


def test_a_plugin_without_the_option_has_its_packages_in_venv(host: Host, tmp_path: Path) -> None:
    """Never the interpreter on PATH, as with the official host."""
    asked = language_pb2.RunPluginRequest(pwd=str(tmp_path), info=program_info(plugin(tmp_path, "")))

    _, text = refusal(lambda: host.stub.RunPlugin(asked))

    assert f"{tmp_path / 'plugin' / 'venv'} does not exist" in text


def test_a_debugger_is_refused(host: Host, tmp_path: Path) -> None:
    code, text = refusal(lambda: host.stub.RunPlugin(request(plugin(tmp_path, ""), attach_debugger=True)))

    assert code == grpc.StatusCode.UNIMPLEMENTED
    assert "without --attach-debugger" in text
