"""Run: how the program's interpreter is started, and what its exit code means to the engine."""

from __future__ import annotations

import json
from pathlib import Path

import grpc
import pytest
from pulumi.runtime.proto import language_pb2

from plugins.language.program import LARGEST_CONFIG
from tests.checkout import CHECKOUT
from tests.plugins.language.hosting import (
    ENGINE,
    Host,
    is_running,
    program_info,
    refusal,
    started_host,
)
from tests.plugins.recordings import load
from tests.waiting import eventually

RECORDED = next(call.request for call in load("language") if call.method == "Run")


def write_interpreter(project: Path, script: str) -> None:
    """Write a script in place of the interpreter of the project's virtual environment."""
    interpreter = project / ".venv" / "bin" / "python"
    interpreter.parent.mkdir(parents=True)
    interpreter.write_text(f"#!/bin/sh\n{script}\n")
    interpreter.chmod(0o755)


def request(project: Path, **options: object) -> language_pb2.RunRequest:
    asked = language_pb2.RunRequest()
    asked.CopyFrom(RECORDED)
    asked.pwd = str(project)
    asked.info.CopyFrom(program_info(project, virtualenv=".venv", **options))
    return asked


def test_the_interpreter_gets_the_settings_as_arguments_and_the_config_in_its_environment(
    host: Host, tmp_path: Path
) -> None:
    write_interpreter(tmp_path, 'printf "%s\\n" "$@" > arguments; env > environment')

    answer = host.stub.Run(request(tmp_path))

    assert answer == language_pb2.RunResponse()
    arguments = (tmp_path / "arguments").read_text().splitlines()
    unbuffered, runner, _, kind, settings, *program = arguments
    assert unbuffered == "-u"
    assert (runner, kind, program) == (str(CHECKOUT / "plugins" / "language" / "runner.py"), "program", ["."])
    assert json.loads(settings) == {
        "monitor": RECORDED.monitor_address,
        "engine": ENGINE,
        "project": RECORDED.project,
        "stack": RECORDED.stack,
        "organization": "organization",
        "parallel": 8,
        "dry_run": True,
        "root_directory": str(tmp_path),
    }
    environment = dict(line.partition("=")[::2] for line in (tmp_path / "environment").read_text().splitlines())
    assert json.loads(environment["PULUMI_CONFIG"]) == dict(RECORDED.config)
    assert json.loads(environment["PULUMI_CONFIG_SECRET_KEYS"]) == list(RECORDED.configSecretKeys)
    assert environment["VIRTUAL_ENV"] == str(tmp_path / ".venv")
    assert environment["PATH"].startswith(str(tmp_path / ".venv" / "bin") + ":")
    assert not any(value in argument for argument in arguments for value in RECORDED.config.values() if len(value) > 3)


def test_the_program_sees_the_users_python_path_but_not_the_hosts_checkout(tmp_path: Path) -> None:
    write_interpreter(tmp_path, "env > environment")

    with started_host(PYTHONPATH=f"{CHECKOUT}:/users/own", PYTHONHOME="") as host:
        host.stub.Run(request(tmp_path))

    environment = (tmp_path / "environment").read_text().splitlines()
    assert "PYTHONPATH=/users/own" in environment
    assert not any(line.startswith("PYTHONHOME=") for line in environment)


@pytest.mark.parametrize(
    ("script", "answer"),
    [
        pytest.param("exit 0", language_pb2.RunResponse(), id="success"),
        pytest.param("exit 32", language_pb2.RunResponse(bail=True), id="the user has seen the error"),
        pytest.param(
            "exit 3", language_pb2.RunResponse(error="program exited with non-zero exit code: 3"), id="exit code"
        ),
        pytest.param(
            "kill -9 $$", language_pb2.RunResponse(error="program was killed by SIGKILL"), id="killed by a signal"
        ),
    ],
)
def test_an_exit_code_becomes_the_answer(
    script: str, answer: language_pb2.RunResponse, host: Host, tmp_path: Path
) -> None:
    write_interpreter(tmp_path, script)

    assert host.stub.Run(request(tmp_path)) == answer


def test_a_missing_virtual_environment_is_reported_with_the_command_that_creates_it(host: Host, tmp_path: Path) -> None:
    code, text = refusal(lambda: host.stub.Run(request(tmp_path)))

    assert code == grpc.StatusCode.FAILED_PRECONDITION
    assert f"`virtualenv`: found '.venv', but {tmp_path / '.venv'} does not exist" in text
    assert f"Fix: run `pulumi install` in {tmp_path}" in text


def test_a_config_that_is_too_long_is_reported_without_its_content(host: Host, tmp_path: Path) -> None:
    write_interpreter(tmp_path, "true")
    asked = request(tmp_path)
    asked.config.clear()
    asked.config["homelab:apps"] = "x" * (LARGEST_CONFIG - len('{"homelab:apps":""}'))
    fits = host.stub.Run(asked)
    asked.config["homelab:apps"] += "x"

    code, text = refusal(lambda: host.stub.Run(asked))

    assert fits == language_pb2.RunResponse()
    assert code == grpc.StatusCode.FAILED_PRECONDITION
    assert f"its stack config (Pulumi.{asked.stack}.yaml) has 131,058 bytes" in text
    assert "allows 131,057 bytes" in text
    assert "move apps from homelab:apps to files" in text
    assert "xx" not in text


def test_a_debugger_is_refused_before_anything_runs(host: Host, tmp_path: Path) -> None:
    write_interpreter(tmp_path, "touch started")
    asked = request(tmp_path)
    asked.attach_debugger = True

    answer = host.stub.Run(asked)

    assert "without --attach-debugger" in answer.error
    assert not (tmp_path / "started").exists()


def test_the_program_logs_to_the_engine_of_the_handshake(tmp_path: Path) -> None:
    write_interpreter(tmp_path, 'printf "%s" "$5" > settings')

    with started_host() as host:
        host.stub.Handshake(language_pb2.LanguageHandshakeRequest(engine_address="127.0.0.1:2"))
        host.stub.Run(request(tmp_path))

    assert json.loads((tmp_path / "settings").read_text())["engine"] == "127.0.0.1:2"


def test_flags_before_the_engines_address_are_ignored(tmp_path: Path) -> None:
    write_interpreter(tmp_path, 'printf "%s" "$5" > settings')

    with started_host("--logtostderr", "-v=9", "--tracing", "file:/dev/null") as host:
        host.stub.Run(request(tmp_path))

    assert json.loads((tmp_path / "settings").read_text())["engine"] == ENGINE


def test_without_a_virtual_environment_the_interpreter_on_the_path_is_used(tmp_path: Path) -> None:
    write_interpreter(tmp_path, "env > environment")
    asked = request(tmp_path)
    asked.info.options.Clear()

    with started_host(PULUMI_PYTHON_CMD=str(tmp_path / ".venv" / "bin" / "python")) as host:
        answer = host.stub.Run(asked)

    assert answer == language_pb2.RunResponse()
    assert f"VIRTUAL_ENV={tmp_path}" not in (tmp_path / "environment").read_text()


def test_a_missing_interpreter_is_reported(tmp_path: Path) -> None:
    asked = request(tmp_path)
    asked.info.options.Clear()

    with started_host(PULUMI_PYTHON_CMD="no-such-python") as host:
        code, text = refusal(lambda: host.stub.Run(asked))

    assert code == grpc.StatusCode.FAILED_PRECONDITION
    assert "Python not found: expected no-such-python on PATH" in text
    assert "PULUMI_PYTHON_CMD" in text


def test_cancelling_the_call_ends_the_program_and_what_it_started(host: Host, tmp_path: Path) -> None:
    write_interpreter(tmp_path, 'sleep 600 & echo "$$ $!" > pids.new; mv pids.new pids; sleep 600')
    call = host.stub.Run.future(request(tmp_path))
    reported = tmp_path / "pids"
    eventually(reported.exists, "the program runs")
    started = [int(pid) for pid in reported.read_text().split()]

    call.cancel()

    eventually(lambda: not any(map(is_running, started)), "the program and its child have ended")
