"""What a local command gets and gives."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.plugins.command.service import Service
from tests.waiting import PATIENCE_SECONDS


async def test_stdout_and_stderr_lose_one_line_end(service: Service) -> None:
    state = await service.create(create="printf 'a\\nb\\n\\n'; echo wrong >&2")

    assert (state["stdout"], state["stderr"]) == ("a\nb\n", "wrong")


async def test_without_a_create_command_nothing_runs(service: Service) -> None:
    assert await service.create(delete="exit 1") == {"delete": "exit 1", "stdout": "", "stderr": ""}


async def test_an_update_without_an_update_command_creates_again(service: Service) -> None:
    state = await service.create(create="echo one")

    assert (await service.update(state, {"create": "echo two"}))["stdout"] == "two"
    assert (await service.update(state, {"create": "echo two", "update": "echo three"}))["stdout"] == "three"


async def test_an_update_without_any_command_keeps_the_output(service: Service) -> None:
    state = await service.create(create="echo one")

    assert await service.update(state, {"triggers": [1]}) == {"triggers": [1], "stdout": "one", "stderr": ""}


async def test_a_delete_runs_only_its_own_command(service: Service, tmp_path: Path) -> None:
    made, gone = tmp_path / "made", tmp_path / "gone"
    state = {"create": f"touch {made}", "delete": f"touch {gone}", "stdout": "", "stderr": ""}

    await service.delete(state)

    assert (made.exists(), gone.exists()) == (False, True)


async def test_a_delete_without_a_command_does_nothing(service: Service) -> None:
    await service.delete({"create": "exit 1", "stdout": "", "stderr": ""})


async def test_variables_are_added_to_those_of_the_provider(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUTER", "outer")
    monkeypatch.setenv("BOTH", "outer")

    state = await service.create(
        create='printf "%s " "$OUTER" "$BOTH" "$INNER"', environment={"BOTH": "inner", "INNER": "ä $x \"'\nend"}
    )

    assert state["stdout"] == "outer inner ä $x \"'\nend "


async def test_stdin_reaches_the_command_to_its_end(service: Service) -> None:
    text = "line\n" * 100_000

    state = await service.create(create="wc -c", stdin=text)

    assert state["stdout"].strip() == str(len(text))


async def test_a_command_need_not_read_its_stdin(service: Service) -> None:
    assert (await service.create(create="echo done", stdin="x" * 1_000_000))["stdout"] == "done"


async def test_without_stdin_there_is_nothing_to_read(service: Service) -> None:
    assert (await service.create(create="cat; echo end"))["stdout"] == "end"


async def test_the_interpreter_takes_the_command_as_its_last_argument(service: Service) -> None:
    state = await service.create(create="print(6 * 7)", interpreter=["python3", "-c"])

    assert state["stdout"] == "42"


async def test_an_empty_interpreter_is_the_default(service: Service) -> None:
    assert (await service.create(create="echo $0", interpreter=[]))["stdout"] == "/bin/sh"


async def test_the_command_runs_in_its_directory(service: Service, tmp_path: Path) -> None:
    assert (await service.create(create="pwd", dir=str(tmp_path)))["stdout"] == str(tmp_path)


async def test_the_output_of_the_previous_run_is_in_the_environment(service: Service) -> None:
    state = {"create": "", "stdout": "out", "stderr": "err"}
    show = 'printf "%s/%s" "$PULUMI_COMMAND_STDOUT" "$PULUMI_COMMAND_STDERR"'

    assert (await service.update(state, {"update": show}))["stdout"] == "out/err"
    assert (await service.update(state, {"update": show, "addPreviousOutputInEnv": False}))["stdout"] == "/"
    assert (await service.create(create=show))["stdout"] == "/"


async def test_a_delete_receives_the_output_of_the_previous_run(service: Service, tmp_path: Path) -> None:
    path = tmp_path / "seen"

    await service.delete({"delete": f'printf "$PULUMI_COMMAND_STDOUT" > {path}', "stdout": "id-7", "stderr": ""})

    assert path.read_text() == "id-7"


async def test_many_commands_run_in_parallel(service: Service, tmp_path: Path) -> None:
    """Each waits for the other: one after the other they would never end."""

    def meet(mine: str, other: str) -> str:
        return f"mkfifo {tmp_path}/{mine}; until [ -p {tmp_path}/{other} ]; do sleep 0.01; done; echo {mine}"

    states = await asyncio.gather(service.create(create=meet("a", "b")), service.create(create=meet("b", "a")))

    assert [state["stdout"] for state in states] == ["a", "b"]


async def test_a_background_process_outlives_a_successful_command(service: Service, tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    state = await service.create(create=f"mkfifo {fifo}; (echo alive > {fifo}) > /dev/null 2>&1 & echo $!")

    # Opening the pipe to read waits for the process that writes.
    assert await asyncio.wait_for(asyncio.to_thread(fifo.read_text), timeout=PATIENCE_SECONDS) == "alive\n", state
