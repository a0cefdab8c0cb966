"""What a warm process shares with a cold one, so that tests with warm starts prove the same."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import psutil
import pytest

from plugins.language.child import RUNNER
from tests.waiting import PATIENCE_SECONDS, eventually
from tests.warm import CHECKOUT, Warm, cold
from tests.warm.server import is_of_this_checkout

SHOW = """
import json, os, sys
print(json.dumps({
    "arguments": sys.argv[1:], "folder": os.getcwd(), "variable": os.environ.get("OF_THE_TEST"), "group": os.getpgrp(),
    "others": sorted(name for name in os.environ if name.startswith("PYTEST_")), "sdk": "grpc" in sys.modules,
    "own": "components" in sys.modules, "kind": __name__, "interactive": sys.stdout.line_buffering,
}))
print("to stderr", file=sys.stderr)
"""
STARTS = pytest.mark.parametrize("as_it_is", [cold, dict], ids=["cold", "warm"])
Environment = Callable[[Mapping[str, str]], dict[str, str]]


@pytest.fixture
def lifeline() -> Iterator[int]:
    end, held = os.pipe()
    yield end
    os.close(end)
    os.close(held)


class Started:
    """Starts a plugin's folder, as the language host does."""

    def __init__(self, warm: Warm, folder: Path, code: str, lifeline: int) -> None:
        self._argv = [str(warm.python), "-u", str(RUNNER), str(lifeline), "directory", str(folder), "an argument"]
        self._lifeline = lifeline
        self._folder = folder
        (folder / "__main__.py").write_text(code)

    def __call__(self, environment: Mapping[str, str]) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self._argv,
            cwd=self._folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=[self._lifeline],
            process_group=0,
            text=True,
        )


@STARTS
def test_it_has_the_arguments_folder_variables_group_and_output(
    warm: Warm, tmp_path: Path, lifeline: int, as_it_is: Environment
) -> None:
    process = Started(warm, tmp_path, SHOW, lifeline)(as_it_is({"OF_THE_TEST": "given", "PATH": os.defpath}))

    out, err = process.communicate(timeout=PATIENCE_SECONDS)

    shown = json.loads(out)
    assert shown.pop("sdk") == (as_it_is is dict)
    assert shown == {
        "arguments": ["an argument"],
        "folder": str(tmp_path),
        "variable": "given",
        "group": process.pid,
        "others": [],
        "own": False,
        "kind": "__main__",
        "interactive": True,
    }
    assert err == "to stderr\n"
    assert process.returncode == 0


@STARTS
@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("raise SystemExit(7)", 7),
        ("raise SystemExit('a reason')", 1),
        ("raise ValueError", 1),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL),
        ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", -signal.SIGTERM),
        ("import threading; threading.Thread(target=lambda: __import__('os')._exit(9)).start()", 9),
    ],
)
def test_it_ends_with_the_same_exit_code(
    warm: Warm, tmp_path: Path, lifeline: int, as_it_is: Environment, code: str, expected: int
) -> None:
    process = Started(warm, tmp_path, code, lifeline)(as_it_is({"PATH": os.defpath}))

    process.communicate(timeout=PATIENCE_SECONDS)

    assert process.returncode == expected


WAITING = """
import os, time
try:
    print(os.getpid(), flush=True)
    time.sleep(10000)
finally:
    print("ended")
"""


@STARTS
def test_an_interrupt_of_its_group_interrupts_it(
    warm: Warm, tmp_path: Path, lifeline: int, as_it_is: Environment
) -> None:
    process = Started(warm, tmp_path, WAITING, lifeline)(as_it_is({"PATH": os.defpath}))
    assert process.stdout
    process.stdout.readline()

    os.killpg(process.pid, signal.SIGINT)

    out, _ = process.communicate(timeout=PATIENCE_SECONDS)
    assert out == "ended\n"
    assert process.returncode == 130


@STARTS
@pytest.mark.parametrize("whole", [True, False], ids=["its group", "it alone"])
def test_nothing_is_left_after_a_kill(
    warm: Warm, tmp_path: Path, lifeline: int, as_it_is: Environment, whole: bool
) -> None:
    process = Started(warm, tmp_path, WAITING, lifeline)(as_it_is({"PATH": os.defpath}))
    assert process.stdout
    running = psutil.Process(int(process.stdout.readline()))

    os.killpg(process.pid, signal.SIGKILL) if whole else process.kill()

    process.communicate(timeout=PATIENCE_SECONDS)
    eventually(lambda: has_ended(running), "the process has ended")


def has_ended(process: psutil.Process) -> bool:
    try:
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def test_an_interpreter_with_other_arguments_starts_cold(warm: Warm) -> None:
    done = subprocess.run(
        [str(warm.python), "-c", "import sys; print(sys.executable, 'grpc' in sys.modules)"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.split() == [str(warm.python), "False"]


def test_what_such_an_interpreter_starts_is_warm(warm: Warm) -> None:
    """It takes the environment for its own, with the packages of the real one."""
    script = "import sys, pulumi; print(sys.executable, sys.prefix)"

    done = subprocess.run([str(warm.python), "-c", script], cwd=CHECKOUT, capture_output=True, text=True, check=True)

    assert done.stdout.split() == [str(warm.python), str(warm.environment)]


@pytest.mark.parametrize("links", [True, False], ids=["links", "a copy"])
def test_the_modules_of_a_different_program_are_not_those_of_this_checkout(tmp_path: Path, links: bool) -> None:
    for name in ("components", "declaration", "infisical", "tooling"):
        if links:
            (tmp_path / name).symlink_to(CHECKOUT / name)
        else:
            shutil.copytree(CHECKOUT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))

    program = ["-u", "runner.py", "3", "program", "{}", str(tmp_path)]
    plugin = ["-u", "runner.py", "3", "directory", str(tmp_path / "infisical")]
    assert [is_of_this_checkout(arguments) for arguments in (program, plugin)] == [links, links]
