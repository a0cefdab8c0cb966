"""The program sends the SDK's debug messages only on request: they take a fifth of the time."""

from __future__ import annotations

import pytest

from tests.components.program import run
from tests.declaration.stack_config import stack_file

OF_THE_SDK = "resource registration successful"


def test_the_sdk_sends_no_debug_message() -> None:
    assert not [message for message in run(stack_file()).logged if OF_THE_SDK in message]


def test_debug_messages_are_sent_on_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOMELAB_DEBUG", "1")

    assert [message for message in run(stack_file()).logged if OF_THE_SDK in message]
