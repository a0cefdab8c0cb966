"""The program's RandomPassword is the SDK's in the state: a stack can move between the two."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from tests.components.program import run
from tests.declaration.stack_config import stack_file

PROGRAM = """
import pulumi
import pulumi_random
from components.base.random_values import RandomPassword

form = {"length": 32, "lower": False, "upper": False, "numeric": True, "special": True}
pulumi_random.RandomPassword("sdk", **form, override_special="abcdef", keepers={"kind": "hex"})
RandomPassword("own", {**form, "overrideSpecial": "abcdef", "keepers": {"kind": "hex"}}, pulumi.ResourceOptions())
"""


@pytest.mark.parametrize("preview", [True, False])
def test_it_is_registered_as_the_class_of_the_sdk_registers_it(tmp_path: Path, preview: bool) -> None:
    program = tmp_path / "__main__.py"
    program.write_text(PROGRAM, encoding="utf-8")

    done = run(stack_file(), program=program, preview=preview)

    sdk, own = done.the("RandomPassword", "sdk"), done.the("RandomPassword", "own")
    assert dataclasses.replace(own, urn=sdk.urn, name=sdk.name, frames=sdk.frames) == sdk
