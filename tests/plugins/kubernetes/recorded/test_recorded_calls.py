"""Every recorded call that needs no cluster: same request, same answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pulumi.runtime.proto import provider_pb2

from tests.plugins.kubernetes.calling import Caller, CallFailed
from tests.plugins.recordings import Call, load

PURE = ("Handshake", "CheckConfig", "DiffConfig", "Configure", "Check", "Diff")


def provider_options(call: Call) -> dict[str, str]:
    """The configuration of a call's provider in the recorded program."""
    explicit = call.id.startswith(("homelab", "await")) and not call.id.endswith("-ambient")
    return {"enableSecretMutable": "true"} if explicit else {}


@pytest.fixture(autouse=True)
def no_cluster(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "no-kubeconfig"))


@pytest.mark.parametrize("call", [call for call in load("kubernetes") if call.method in PURE], ids=lambda c: c.id)
async def test_a_recorded_call_gets_the_recorded_answer(call: Call) -> None:
    caller = Caller()
    if call.method in ("Check", "Diff"):
        await caller.configure(**provider_options(call))

    if call.error:
        with pytest.raises(CallFailed) as failure:
            await caller.call(call.method, call.request)
        assert (failure.value.code.name.lower(), failure.value.message) == (call.error[0].lower(), call.error[1])
    else:
        assert await caller.call(call.method, call.request) == call.response


WRITTEN = [
    call
    for call in load("kubernetes")
    if call.method in ("Create", "Update", "Read") and call.response is not None
    if "__inputs" in call.response.properties.fields
]


@pytest.mark.parametrize("call", WRITTEN, ids=lambda c: c.id)
async def test_a_state_of_the_official_provider_does_not_differ_from_its_own_inputs(call: Call) -> None:
    caller = Caller()
    await caller.configure(**provider_options(call))
    response: Any = call.response
    state = response.properties
    request = provider_pb2.DiffRequest(
        urn=call.request.urn,
        type=call.request.type,
        olds=state,
        news=state.fields["__inputs"].struct_value,
    )

    answer = await caller.call("Diff", request)

    assert answer.changes == provider_pb2.DiffResponse.DIFF_NONE, answer.detailedDiff
