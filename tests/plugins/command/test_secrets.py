"""A secret input is neither logged nor in an error, and what repeats it is secret."""

from __future__ import annotations

import pytest

from plugins.command.redaction import redaction
from tests.plugins.command.service import Service
from tooling.plugin.properties import Properties, Secret

CANARY = "canary-4711"


async def test_a_secret_is_hidden_in_the_log(service: Service) -> None:
    await service.create(create='echo "the token is $TOKEN"', environment={"TOKEN": Secret(CANARY)})

    assert service.engine.lines == ["the token is [secret]"]


async def test_a_secret_is_hidden_in_an_error(service: Service) -> None:
    error = await service.failure(create=Secret(f"echo {CANARY} >&2; exit 3"), stdin=Secret(CANARY))

    assert error == 'exit status 3: running "[secret]":\n[secret]\n'


async def test_a_secret_inside_a_command_is_hidden_where_only_the_variable_is_secret(service: Service) -> None:
    error = await service.failure(create=f"echo '{CANARY}'; exit 1", environment={"TOKEN": Secret(CANARY)})

    assert error == "exit status 1: running \"echo '[secret]'; exit 1\":\n[secret]\n"


async def test_an_output_that_repeats_a_secret_is_secret(service: Service) -> None:
    state = await service.create(create='echo "$TOKEN"; echo fine >&2', environment=Secret({"TOKEN": CANARY}))

    assert state["stdout"] == Secret(CANARY)
    assert state["stderr"] == "fine"


async def test_an_output_without_the_secret_is_plain_as_officially(service: Service) -> None:
    state = await service.create(create="echo hello", environment={"TOKEN": Secret(CANARY)})

    assert state["stdout"] == "hello"
    assert state["environment"] == {"TOKEN": Secret(CANARY)}


async def test_the_next_run_receives_a_secret_output_in_plain_text(service: Service) -> None:
    state = {"create": "", "stdout": Secret(CANARY), "stderr": ""}

    updated = await service.update(state, {"update": 'printf "$PULUMI_COMMAND_STDOUT" | wc -c'})

    assert updated["stdout"].strip() == str(len(CANARY))


async def test_inputs_keep_their_secret_marks(service: Service) -> None:
    inputs: Properties = {
        "create": Secret("true"),
        "triggers": [Secret(1), {"deep": Secret("two")}],
        "stdin": Secret("x"),
    }

    state = await service.create(**inputs)

    assert state == {**inputs, "stdout": "", "stderr": ""}


@pytest.mark.parametrize(
    ("inputs", "text", "shown"),
    [
        ({"stdin": Secret("ab")}, "cab", "cab"),
        ({"stdin": Secret("long-secret"), "create": Secret("long")}, "a long-secret", "a [secret]"),
        ({"stdin": Secret("first line\nsecond line\n")}, "> second line", "> [secret]"),
    ],
    ids=["too short", "longest first", "one line of many"],
)
def test_only_recognizable_secrets_are_hidden(inputs: Properties, text: str, shown: str) -> None:
    assert redaction(inputs).hide(text) == shown


def test_a_repr_shows_no_secret() -> None:
    assert CANARY not in repr(redaction({"stdin": Secret(CANARY)}))
