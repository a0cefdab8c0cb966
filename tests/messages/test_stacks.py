"""The messages about what a different stack owns."""

from __future__ import annotations

import asyncio
import re

import pulumi
import pytest

from infisical.api.errors import Blocked
from sandbox.infisical.fake import FakeInfisical
from tests.components.cluster.test_stacks import APP, STORE
from tests.components.program import run
from tests.declaration.stack_config import stack_file
from tests.infisical.programs import FOLDER, INSTANCE, SETUP, identity, secret
from tests.infisical.stack import Program, Stack
from tests.messages.stories.book import assert_messages


def _of_the_cluster() -> str:
    with pytest.raises(pulumi.RunError) as caught:
        run(stack_file(), existing={"ofOtherStacks": [STORE, APP]}, preview=True)
    return f"error: {caught.value}"


async def _refused(stack: Stack, program: Program) -> str:
    with pytest.raises(Blocked) as caught:
        await stack.preview(program)
    return f"error: {re.sub(r'[0-9a-f]{8}-[0-9a-f-]{27}', 'ID', str(caught.value))}"


async def test_every_message_about_two_stacks(fake_infisical: FakeInfisical) -> None:
    stack = Stack(fake_infisical)
    stack.name = "prod"
    await stack.up([*SETUP, FOLDER, identity(), secret(trigger="")])
    other = Stack(stack.fake_infisical)
    other.name = "staging"
    await other.preview([*SETUP, FOLDER])
    adopted = "\n".join(other.log.infos)
    other.log.infos.clear()
    await other.up([*SETUP, secret(trigger="")])

    assert_messages(
        "stacks",
        [
            ("Objects in the cluster belong to a different stack", await asyncio.to_thread(_of_the_cluster)),
            ("The project and a folder belong to a different stack", adopted),
            ("A value belongs to a different stack", other.log.infos[-1]),
            ("It gets a trigger", await _refused(other, [*SETUP, secret(trigger="2026-11")])),
            (
                "An identity belongs to a different stack",
                await _refused(other, [INSTANCE, SETUP[1], identity(adopt=True)]),
            ),
        ],
    )
