"""Inputs are checked before anything runs."""

from __future__ import annotations

import pytest

from plugins.protocol.properties import UNKNOWN, Output, Secret
from tests.plugins.command.service import Service


@pytest.mark.parametrize(
    ("inputs", "path", "reason"),
    [
        ({"create": 1}, "create", "must be a string, got a number"),
        ({"create": ["x"]}, "create", "must be a string, got a list"),
        ({"environment": "A=b"}, "environment", "must be an object, got a string"),
        ({"environment": {"A": True}}, "environment.A", "must be a string, got a boolean"),
        ({"environment": Secret({"A": Secret(5)})}, "environment.A", "must be a string, got a number"),
        ({"interpreter": ["sh", {}]}, "interpreter[1]", "must be a string, got an object"),
        ({"triggers": "x"}, "triggers", "must be a list, got a string"),
        ({"addPreviousOutputInEnv": "yes"}, "addPreviousOutputInEnv", "must be a boolean, got a string"),
        ({"logging": "all"}, "logging", "must be one of stdout, stderr, stdoutAndStderr, none, got 'all'"),
    ],
)
async def test_a_wrong_type_is_named_by_its_path(
    inputs: dict[str, object], path: str, reason: str, service: Service
) -> None:
    _, failures = await service.check(**inputs)

    assert failures == {path: reason}


async def test_an_unknown_input_is_refused_with_those_that_there_are(service: Service) -> None:
    _, failures = await service.check(cmd="x")

    assert failures["cmd"].startswith("is not an input; the inputs are addPreviousOutputInEnv, archivePaths,")


async def test_all_problems_are_reported_at_once(service: Service) -> None:
    _, failures = await service.check(create=1, dir=2, stdin=3)

    assert failures.keys() == {"create", "dir", "stdin"}


async def test_what_is_not_known_yet_is_not_wrong(service: Service) -> None:
    inputs = {"create": UNKNOWN, "environment": {"A": Secret(UNKNOWN)}, "triggers": [UNKNOWN, 1, None]}

    assert await service.check(**inputs) == (inputs, {})


async def test_outputs_become_the_values_that_they_hold(service: Service) -> None:
    checked, failures = await service.check(
        create=Output("echo", dependencies=("urn:x",)),
        stdin=Output("x", secret=True),
        triggers=[Output(None, known=False)],
    )

    assert failures == {}
    assert checked == {"create": "echo", "stdin": Secret("x"), "triggers": [UNKNOWN]}


async def test_a_null_is_no_input(service: Service) -> None:
    assert await service.check(create="x", update=None) == ({"create": "x"}, {})


async def test_a_connection_is_secret_and_has_defaults(service: Service) -> None:
    checked, failures = await service.check("remote", create="x", connection={"host": "box", "proxy": {"host": "gate"}})

    defaults = {"user": "root", "port": 22, "dialErrorLimit": 10, "perDialTimeout": 15}
    assert failures == {}
    assert checked == {
        "create": "x",
        "connection": Secret({"host": "box", **defaults, "proxy": {"host": "gate", **defaults}}),
    }


async def test_a_remote_command_needs_a_host(service: Service) -> None:
    assert (await service.check("remote", create="x"))[1] == {"connection": "is required and not set"}
    _, failures = await service.check("remote", connection=Secret({"user": "me", "proxy": {}}))
    assert failures == {
        "connection.host": "is required and not set",
        "connection.proxy.host": "is required and not set",
    }


async def test_a_failed_check_keeps_the_connection_secret(service: Service) -> None:
    checked, failures = await service.check("remote", create=1, connection={"host": "box", "password": "hunter2"})

    assert failures.keys() == {"create"}
    assert isinstance(checked["connection"], Secret)


async def test_a_failure_never_shows_the_value(service: Service) -> None:
    _, failures = await service.check("remote", connection={"host": "box", "port": "hunter2"})

    assert failures == {"connection.port": "must be a number, got a string"}
