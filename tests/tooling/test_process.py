from __future__ import annotations

import gc
import json
import signal
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.waiting import PATIENCE_SECONDS, eventually
from tooling.errors import StartError
from tooling.processes import spawn
from tooling.processes.process import Process

SLEEP = ["/bin/sleep", "600"]
ENDS_WHEN_INTERRUPTED = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
try:
    print("ready", flush=True)
    signal.pause()
except KeyboardInterrupt:
    print("ended", flush=True)
"""


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Process]:
    process = Process("sleeper", tmp_path, tethered=True)
    yield process
    process.stop(kill=True)


@pytest.fixture
def unrelated() -> Iterator[subprocess.Popen[bytes]]:
    """A process that the project did not start."""
    with subprocess.Popen(SLEEP) as unrelated:
        yield unrelated
        unrelated.kill()


def test_a_process_outlives_its_object_without_a_warning(tmp_path: Path) -> None:
    with warnings.catch_warnings(record=True) as shown:
        warnings.simplefilter("always")
        Process("sleeper", tmp_path, tethered=True).start(SLEEP)
        gc.collect()

    assert shown == []
    later = Process("sleeper", tmp_path, tethered=True)
    assert later.pid is not None
    later.stop(kill=True)


def test_the_record_of_a_process_has_its_pid_and_arguments(process: Process) -> None:
    assert process.start(SLEEP) is True

    record = process.running()
    assert record is not None
    assert record.argv == tuple(SLEEP)
    assert spawn.birth(record.pid) == record.birth


def test_starting_it_again_starts_nothing(process: Process) -> None:
    process.start(SLEEP)
    first = process.running()

    assert process.start(SLEEP) is False
    assert process.running() == first


def test_different_arguments_replace_it(process: Process) -> None:
    process.start(SLEEP)
    first = process.running()
    assert first is not None

    assert process.start(["/bin/sleep", "601"]) is True
    assert spawn.birth(first.pid) is None
    second = process.running()
    assert second is not None
    assert second.argv == ("/bin/sleep", "601")


def test_a_stopped_process_has_ended_and_has_no_record(process: Process) -> None:
    process.start(SLEEP)
    record = process.running()
    assert record is not None

    process.stop()

    assert process.running() is None
    assert spawn.birth(record.pid) is None


def test_a_later_command_finds_and_stops_it(process: Process, tmp_path: Path) -> None:
    process.start(SLEEP)
    later = Process("sleeper", tmp_path, tethered=True)

    assert later.running() == process.running()
    later.stop()
    assert process.running() is None


def test_a_process_that_ignores_sigterm_is_killed(
    process: Process, tmp_path: Path, program: Callable[[str, str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    ready = tmp_path / "ready"
    stubborn = program("stubborn", f"trap '' TERM; touch '{ready}'; while :; do sleep 0.1; done")
    process.start([str(stubborn)])
    process.wait_until(ready.exists, "ready", 30)
    monkeypatch.setattr("tooling.processes.process.STOP_SECONDS", 0.2)
    record = process.running()
    assert record is not None

    process.stop()

    assert spawn.birth(record.pid) is None


def test_a_process_with_a_reused_pid_is_not_ours(
    process: Process, tmp_path: Path, unrelated: subprocess.Popen[bytes]
) -> None:
    birth = spawn.birth(unrelated.pid)
    assert birth is not None
    boot, _, ticks = birth.rpartition(":")
    earlier = f"{boot}:{int(ticks) - 1}"
    (tmp_path / "sleeper.json").write_text(json.dumps({"pid": unrelated.pid, "birth": earlier, "argv": SLEEP}))

    assert process.running() is None
    process.stop()
    assert unrelated.poll() is None


def test_a_record_from_before_a_reboot_is_ignored(
    process: Process, tmp_path: Path, unrelated: subprocess.Popen[bytes]
) -> None:
    birth = spawn.birth(unrelated.pid)
    assert birth is not None
    other_boot = f"00000000-0000-0000-0000-000000000000:{birth.rpartition(':')[2]}"
    (tmp_path / "sleeper.json").write_text(json.dumps({"pid": unrelated.pid, "birth": other_boot, "argv": SLEEP}))

    assert process.start(SLEEP) is True
    assert unrelated.poll() is None


def test_a_broken_record_is_ignored(process: Process, tmp_path: Path) -> None:
    (tmp_path / "sleeper.json").write_text('{"pid": ')

    assert process.running() is None


def test_a_process_that_ends_too_early_is_reported_with_its_command_and_output(
    process: Process, program: Callable[[str, str], Path]
) -> None:
    failing = program("failing", "for n in $(seq 30); do echo line $n; done; echo no such flag >&2; exit 3")
    process.start([str(failing), "--flag"])

    with pytest.raises(StartError) as caught:
        process.wait_until(lambda: False, "healthy", 30)

    message = str(caught.value)
    assert "sleeper did not start: it ended with exit code 3 before it was healthy" in message
    assert f"    {failing}\n    --flag\n" in message
    assert message.endswith("    line 30\n    no such flag\n  Fix the problem above, then run the command again.")
    assert "line 9\n" not in message


def test_a_process_that_does_not_become_ready_times_out(process: Process) -> None:
    process.start(SLEEP)

    with pytest.raises(StartError, match="timed out after 0 s; expected: healthy"):
        process.wait_until(lambda: False, "healthy", 0)


@pytest.mark.parametrize("tethered", [True, False])
def test_only_a_tethered_process_ends_when_its_starter_is_killed(tmp_path: Path, tethered: bool) -> None:
    script = (
        "import sys, pathlib; from tooling.processes.process import Process; "
        f"Process('sleeper', pathlib.Path(sys.argv[1]), tethered={tethered}).start({SLEEP!r}); "
        "print('started', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as starter:
        assert starter.stdout is not None
        assert starter.stdout.readline() == b"started\n"
        process = Process("sleeper", tmp_path, tethered=True)
        record = process.running()
        assert record is not None
        starter.send_signal(signal.SIGKILL)
    try:
        if tethered:
            eventually(lambda: process.running() is None, "the process has ended")
        else:
            assert process.running() == record
    finally:
        process.stop(kill=True)


def test_a_program_is_asked_to_end_by_its_own_signal(tmp_path: Path) -> None:
    process = Process("server", tmp_path, tethered=True, ending=signal.SIGINT)
    # A shell cannot trap a signal that it was started to ignore.
    process.start([sys.executable, "-c", ENDS_WHEN_INTERRUPTED])
    process.wait_until(lambda: process.said("ready"), "ready", PATIENCE_SECONDS)

    process.stop()

    assert process.last_lines() == ["ready", "ended"]
