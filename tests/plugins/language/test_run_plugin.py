"""RunPlugin: the output and exit code of a plugin reach the engine, and the plugin ends with the call."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import language_pb2

from tests.checkout import CHECKOUT
from tests.plugins.language.hosting import Host, is_running, program_info, refusal, started_host
from tests.waiting import PATIENCE_SECONDS, eventually

RUNS = """
import os, pathlib, subprocess, time
other = subprocess.Popen(["sleep", "600"])
pathlib.Path("pids.new").write_text(f"{os.getpid()} {other.pid}")
os.rename("pids.new", "pids")
print("12345", flush=True)
time.sleep(600)
"""

IGNORES_INTERRUPTS = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n" + RUNS


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
    """Wait until the plugin has reported its processes, and return them."""
    reported = folder.parent / "pids"
    eventually(reported.exists, "the plugin has started")
    return [int(pid) for pid in reported.read_text().split()]


def test_the_engine_receives_stdout_stderr_and_the_exit_code(host: Host, tmp_path: Path) -> None:
    program = "import sys; print('out'); print('err', file=sys.stderr); sys.exit(7)"

    assert outcome(host.stub.RunPlugin(request(plugin(tmp_path, program)))) == ("out\n", "err\n", 7)


def test_a_successful_plugin_has_exit_code_0(host: Host, tmp_path: Path) -> None:
    assert outcome(host.stub.RunPlugin(request(plugin(tmp_path, "")))) == ("", "", 0)


def test_long_output_is_complete_and_in_order(host: Host, tmp_path: Path) -> None:
    program = "for number in range(100_000): print(number)"

    stdout, _, _ = outcome(host.stub.RunPlugin(request(plugin(tmp_path, program))))

    assert stdout.splitlines() == [str(number) for number in range(100_000)]


def test_the_plugin_has_its_folder_arguments_variables_and_working_directory(host: Host, tmp_path: Path) -> None:
    program = (
        "import os, sys, neighbour\n"
        "print(sys.argv, os.getcwd(), os.environ['GIVEN'], os.environ['VIRTUAL_ENV'], sys.executable, __name__)\n"
        f"ours = ({str(CHECKOUT)!r}, {str(CHECKOUT / 'plugins' / 'language')!r})\n"
        "print([entry for entry in sys.path if entry in ours])\n"
        "print(neighbour.__file__)\n"
    )
    folder = plugin(tmp_path, program)
    (folder / "neighbour.py").touch()
    environment = [f"{key}={value}" for key, value in os.environ.items()] + ["GIVEN=a=b", f"PYTHONPATH={CHECKOUT}"]

    stdout, stderr, code = outcome(host.stub.RunPlugin(request(folder, "127.0.0.1:9", env=environment)))

    assert (stderr, code) == ("", 0)
    assert stdout.splitlines() == [
        f"{[str(folder), '127.0.0.1:9']} {tmp_path} a=b {sys.prefix} {sys.prefix}/bin/python __main__",
        "[]",
        str(folder / "neighbour.py"),
    ]


@pytest.mark.parametrize("program", [RUNS, IGNORES_INTERRUPTS], ids=["interruptible", "ignores interrupts"])
def test_cancelling_the_call_ends_the_plugin_and_what_it_started(host: Host, tmp_path: Path, program: str) -> None:
    folder = plugin(tmp_path, program)
    call = host.stub.RunPlugin(request(folder))
    assert next(call).stdout.startswith(b"12345")
    started = pids(folder)

    call.cancel()

    eventually(lambda: not any(map(is_running, started)), "the plugin and its child have ended")


@pytest.mark.parametrize("program", [RUNS, IGNORES_INTERRUPTS], ids=["interruptible", "ignores interrupts"])
def test_a_killed_host_leaves_no_plugin_behind(tmp_path: Path, program: str) -> None:
    folder = plugin(tmp_path, program)
    with started_host() as host:
        call = host.stub.RunPlugin(request(folder))
        next(call)
        started = pids(folder)

        host.process.kill()

        eventually(lambda: not any(map(is_running, started)), "the plugin and its child have ended")


def test_an_interrupted_host_ends_its_plugins_and_itself(tmp_path: Path) -> None:
    folder = plugin(tmp_path, RUNS)
    with started_host() as host:
        call = host.stub.RunPlugin(request(folder))
        next(call)
        started = pids(folder)

        host.process.terminate()

        assert host.process.wait(timeout=PATIENCE_SECONDS) == 0
        eventually(lambda: not any(map(is_running, started)), "the plugin and its child have ended")


def test_a_plugin_that_ends_while_its_child_holds_the_output_ends_the_call(host: Host, tmp_path: Path) -> None:
    program = "import subprocess; subprocess.Popen(['sleep', '600']); print('done')"

    assert outcome(host.stub.RunPlugin(request(plugin(tmp_path, program)))) == ("done\n", "", 0)


def test_an_interrupted_plugin_prints_nothing(tmp_path: Path) -> None:
    folder = plugin(tmp_path, RUNS)
    with started_host() as host:
        call = host.stub.RunPlugin(request(folder))
        assert next(call).stdout.startswith(b"12345")
        pids(folder)

        host.stub.Cancel(empty_pb2.Empty())

        stdout, stderr, code = outcome(call)
        assert (stdout.strip(), stderr, code) == ("", "", 130)


def test_a_plugin_without_a_main_file_is_refused(host: Host, tmp_path: Path) -> None:
    code, text = refusal(lambda: host.stub.RunPlugin(request(tmp_path)))

    assert code == grpc.StatusCode.FAILED_PRECONDITION
    assert "__main__.py not found. Fix: correct the plugin's `path`" in text


def test_the_default_virtual_environment_of_a_plugin_is_venv(host: Host, tmp_path: Path) -> None:
    """As with the official host, never the interpreter on PATH."""
    asked = language_pb2.RunPluginRequest(pwd=str(tmp_path), info=program_info(plugin(tmp_path, "")))

    _, text = refusal(lambda: host.stub.RunPlugin(asked))

    assert f"{tmp_path / 'plugin' / 'venv'} does not exist" in text


def test_a_debugger_is_refused(host: Host, tmp_path: Path) -> None:
    code, text = refusal(lambda: host.stub.RunPlugin(request(plugin(tmp_path, ""), attach_debugger=True)))

    assert code == grpc.StatusCode.UNIMPLEMENTED
    assert "without --attach-debugger" in text
