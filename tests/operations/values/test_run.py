"""`run`: a command gets the values in its environment, and they are nowhere else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.checkout import CHECKOUT
from tests.operations.values.lab import Lab
from tests.waiting import PATIENCE_SECONDS


class Executed(BaseException):
    """In place of the command."""

    def __init__(self, command: list[str], environment: Mapping[bytes, bytes]) -> None:
        self.command = command
        self.environment = {name.decode(): value for name, value in environment.items()}


def executed(lab: Lab, *arguments: str) -> Executed:
    def execute(_: str, command: list[str], environment: Mapping[bytes, bytes]) -> None:
        raise Executed(command, environment)

    lab.patch.setattr(os, "execvpe", execute)
    with pytest.raises(Executed) as raised:
        lab.run("run", *arguments)
    return raised.value


def app(keys: dict[str, Any], **others: Any) -> dict[str, Any]:
    return {"namespace": "web", "keys": keys, **others}


def by_hand(**fields: Any) -> dict[str, Any]:
    return {"source": "manual", **fields}


def test_the_names_are_the_keys_of_the_secret(served: Lab) -> None:
    served.set({"WEB_TOKEN": "token", "WEB_KEY": "key", "WEB_LOGIN": "login"})

    found = executed(served, "--app", "web", "--", "printenv", "-0")

    assert found.command == ["printenv", "-0"]
    values = {name: found.environment.get(name) for name in ("TOKEN", "WEB_KEY", "WEB_LOGIN", "WEB_TOKEN")}
    assert values == {"TOKEN": b"token", "WEB_KEY": b"key", "WEB_LOGIN": b"login", "WEB_TOKEN": None}


def test_values_have_the_form_that_the_operator_gives_them(served: Lab) -> None:
    keys = {
        "LOGIN": by_hand(property="user.name", secretKeys=["USER", "LOGIN_NAME"]),
        "HIDDEN": by_hand(secretKeys=[]),
        "REFERENCE": by_hand(),
    }
    literals = {"HOST": "db.example.net"}
    template = {"URL": "postgres://{{ .USER }}:{{ .HIDDEN }}@db"}
    binary = {"namespace": "tls", "keys": {"BINARY": by_hand(decodingStrategy="Base64")}}
    served.declare({"web": app(keys, literals=literals, template=template), "tls": binary})
    values = {"LOGIN": '{"user": {"name": "me"}}', "BINARY": "//4=", "HIDDEN": "p", "REFERENCE": "x-${HIDDEN}"}
    served.set(values)

    found = executed(served, "--", "env").environment

    wanted = ("USER", "LOGIN_NAME", "BINARY", "HOST", "URL", "REFERENCE", "HIDDEN")
    assert {name: found.get(name) for name in wanted} == {
        "USER": b"me",
        "LOGIN_NAME": b"me",
        "BINARY": b"\xff\xfe",
        "HOST": b"db.example.net",
        "URL": b"postgres://me:p@db",
        "REFERENCE": b"x-p",
        "HIDDEN": None,
    }


def test_a_whole_folder_is_included(served: Lab) -> None:
    whole = {"/shared": {"include": "^SMTP_", "rename": {"source": "^SMTP_", "target": "MAIL_"}}}
    served.declare({"web": {"namespace": "web", "dataFrom": whole}})
    served.set({"SMTP_HOST": "smtp", "OTHER": "other"}, "/shared")

    found = executed(served, "--", "env").environment

    assert (found["MAIL_HOST"], found.get("OTHER")) == (b"smtp", None)


def test_all_apps_together_unless_one_is_named(served: Lab) -> None:
    values = {"WEB_TOKEN": "a", "WEB_KEY": "b", "WEB_LOGIN": "c", "MAIL_PASSWORD": "d", "MAIL_DATABASE": "e"}
    served.set(values)

    found = executed(served, "--", "env").environment

    assert (found["TOKEN"], found["MAIL_PASSWORD"]) == (b"a", b"d")


def test_two_apps_with_different_values_of_a_key_need_a_choice(served: Lab) -> None:
    apps = {name: {"namespace": name, "keys": {f"{name.upper()}_T": by_hand(secretKeys=["T"])}} for name in ("a", "b")}
    served.declare(apps)
    served.set({"A_T": "one", "B_T": "two"})

    ran = served.run("run", "--", "env")

    assert ran.code == 125
    assert "T in a/a-secret and in b/b-secret" in ran.err
    assert executed(served, "--app", "b", "--", "env").environment["T"] == b"two"


def test_missing_values_are_all_named_and_nothing_runs(served: Lab) -> None:
    served.set({"WEB_LOGIN": "c"})

    ran = served.run("run", "--app", "web", "--", "touch", str(served.folder / "ran"))

    assert ran.code == 125
    assert "no value of WEB_TOKEN (/ in prod)" in ran.err
    assert "no value of WEB_KEY (/ in prod)" in ran.err
    assert not (served.folder / "ran").exists()


def test_what_only_the_operator_knows_is_named_on_stderr(served: Lab) -> None:
    template = {"HASH": "{{ .A | bcrypt }}"}
    served.declare({"web": app({"A": by_hand()}, template=template)})
    served.set({"A": "a"})
    served.patch.setattr(os, "execvpe", lambda *_: None)

    ran = served.run("run", "--", "env")

    assert ran.err == "note: not set, because only the operator knows them: web/web-secret/HASH\n"
    assert ran.out == ""


def test_a_null_character_cannot_be_in_the_environment(served: Lab) -> None:
    served.declare({"web": app({"A": by_hand(decodingStrategy="Base64")})})
    served.set({"A": "AAEC"})

    ran = served.run("run", "--", "env")

    assert ran.code == 125
    assert "a null character in A" in ran.err


def test_a_command_that_does_not_exist(served: Lab) -> None:
    served.declare({"web": app({"A": by_hand()})})
    served.set({"A": "a"})
    folder = served.write("no-program", "")

    assert served.run("run", "--", "no-such-command").code == 127
    assert served.run("run", "--", str(folder)).code == 126


def test_a_command_is_needed(lab: Lab) -> None:
    with pytest.raises(SystemExit):
        lab.run("run", "--app", "web")


def ignored_signals(status: str) -> set[int]:
    """:param status: the line `SigIgn:` of /proc/PID/status"""
    mask = int(status.split()[1], 16)
    return {number for number in range(1, 65) if mask >> (number - 1) & 1}


def test_the_command_replaces_the_process(served: Lab) -> None:
    status = Path("/proc/self/status").read_text()
    (line,) = [each for each in status.splitlines() if each.startswith("SigIgn:")]
    # As from a shell: what the test run itself ignores, such as interrupts, and not what Python adds.
    inherited = ignored_signals(line) - {signal.SIGPIPE, signal.SIGXFSZ}
    served.set({"WEB_TOKEN": "canary-token", "WEB_KEY": "canary-key", "WEB_LOGIN": "canary-login"})
    login = served.identity()
    echo = 'echo "$line $TOKEN $INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET."'
    script = f"grep SigIgn /proc/self/status; read line; {echo}; exec sleep {PATIENCE_SECONDS:.0f}"
    arguments = map(str, served.arguments("run", "--app", "web", "--", "sh", "-c", script))
    process = subprocess.Popen(
        [sys.executable, "-m", "operations", *arguments],
        cwd=CHECKOUT,
        env={**os.environ, **login},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdin
    assert process.stdout
    assert process.stderr

    assert ignored_signals(process.stdout.readline()) == inherited
    process.stdin.write("typed\n")
    process.stdin.flush()
    assert process.stdout.readline() == "typed canary-token .\n"
    assert "canary" not in Path(f"/proc/{process.pid}/cmdline").read_text()
    process.send_signal(signal.SIGTERM)

    assert process.wait() == -signal.SIGTERM
    assert (process.stdout.read(), process.stderr.read()) == ("", "")
    process.stdin.close()
    process.stdout.close()
    process.stderr.close()


def test_a_command_that_cannot_be_executed_leaves_the_signals_as_they_were(served: Lab) -> None:
    served.set({"WEB_TOKEN": "token", "WEB_KEY": "key", "WEB_LOGIN": "login"})
    before = signal.getsignal(signal.SIGPIPE), signal.getsignal(signal.SIGXFSZ)

    executed(served, "--app", "web", "--", "true")

    assert (signal.getsignal(signal.SIGPIPE), signal.getsignal(signal.SIGXFSZ)) == before


def test_the_exit_code_is_that_of_the_command(served: Lab) -> None:
    served.declare({"web": app({"A": by_hand()})})
    served.set({"A": "a"})
    arguments = map(str, served.arguments("run", "--", "sh", "-c", 'exit "$((41 + ${#A}))"'))

    done = subprocess.run(
        [sys.executable, "-m", "operations", *arguments],
        cwd=CHECKOUT,
        env={**os.environ, **served.identity()},
        check=False,
    )

    assert done.returncode == 42
