"""Inputs are checked before anything runs."""

from __future__ import annotations

import pytest

from tests.plugins.command.service import Service
from tooling.plugin.properties import ARCHIVE_SIGNATURE, ASSET_SIGNATURE, UNKNOWN, Output, Properties, Secret, Special


@pytest.mark.parametrize(
    ("inputs", "path", "reason"),
    [
        ({"create": 1}, "create", "expected a string, found a number"),
        ({"create": ["x"]}, "create", "expected a string, found a list"),
        ({"environment": "A=b"}, "environment", "expected an object, found a string"),
        ({"environment": {"A": True}}, "environment.A", "expected a string, found a boolean"),
        ({"environment": Secret({"A": Secret(5)})}, "environment.A", "expected a string, found a number"),
        ({"interpreter": ["sh", {}]}, "interpreter[1]", "expected a string, found an object"),
        ({"triggers": "x"}, "triggers", "expected a list, found a string"),
        ({"addPreviousOutputInEnv": "yes"}, "addPreviousOutputInEnv", "expected a boolean, found a string"),
        ({"logging": "all"}, "logging", "expected one of stdout, stderr, stdoutAndStderr, none, found 'all'"),
    ],
)
async def test_a_wrong_type_is_reported_with_its_path(
    inputs: Properties, path: str, reason: str, service: Service
) -> None:
    _, failures = await service.check(**inputs)

    assert failures == {path: reason}


async def test_an_unknown_input_is_refused_with_the_supported_ones(service: Service) -> None:
    _, failures = await service.check(cmd="x")

    assert failures["cmd"].startswith("is not an input; expected one of addPreviousOutputInEnv, create,")


async def test_all_problems_are_reported_at_once(service: Service) -> None:
    _, failures = await service.check(create=1, dir=2, stdin=3)

    assert failures.keys() == {"create", "dir", "stdin"}


async def test_an_unknown_value_is_valid(service: Service) -> None:
    inputs: Properties = {"create": UNKNOWN, "environment": {"A": Secret(UNKNOWN)}, "triggers": [UNKNOWN, 1, None]}

    assert await service.check(**inputs) == (inputs, {})


async def test_outputs_become_plain_values(service: Service) -> None:
    checked, failures = await service.check(
        create=Output("echo", dependencies=("urn:x",)),
        stdin=Output("x", secret=True),
        triggers=[Output(None, known=False)],
    )

    assert failures == {}
    assert checked == {"create": "echo", "stdin": Secret("x"), "triggers": [UNKNOWN]}


async def test_a_null_is_removed(service: Service) -> None:
    assert await service.check(create="x", update=None) == ({"create": "x"}, {})


@pytest.mark.parametrize("name", ["assetPaths", "archivePaths"])
async def test_files_of_a_command_are_refused_with_the_fix(name: str, service: Service) -> None:
    inputs: Properties = {"create": "x", name: ["*"]}

    _, failures = await service.check(**inputs)

    assert failures == {
        name: "is not supported by this Python provider. Remove it, or "
        "install the official provider: pulumi plugin install resource command 1.2.1"
    }


@pytest.mark.parametrize("signature", [ASSET_SIGNATURE, ARCHIVE_SIGNATURE])
async def test_a_trigger_with_a_file_is_refused(signature: str, service: Service) -> None:
    _, failures = await service.check(create="x", triggers=["a", {"deep": [Special(signature, {"path": "a"})]}])

    assert failures == {"triggers[1]": "expected a value without assets and archives, found an object"}


async def test_a_failure_never_shows_the_value(service: Service) -> None:
    _, failures = await service.check(environment={"TOKEN": ["hunter2"]})

    assert failures == {"environment.TOKEN": "expected a string, found a list"}
