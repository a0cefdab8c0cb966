"""A slow Infisical: what cannot be checked in time is no change in a preview, and an update waits for it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from infisical.api.http import server
from infisical.delivery.observation import Observation, observe
from infisical.delivery.report import NotDelivered
from sandbox.infisical.fake import FakeInfisical
from tests.infisical.admin import Admin, at
from tests.infisical.deliveries import HELD, program, stack_for
from tests.infisical.fake_cluster import FakeCluster, FakeOperator
from tests.infisical.stack import Stack

SLOW, LIMIT = 0.3, 0.15
"""An answer's delay, and a limit that it exceeds: a hundredth of the real ones."""


@pytest.fixture
async def stack(fake_infisical: FakeInfisical, cluster: FakeCluster) -> Stack:
    """A stack whose delivery is complete."""
    stack = stack_for(fake_infisical, cluster.kubeconfig)
    FakeOperator(cluster, dict(HELD))
    await stack.up(program())
    return stack


def answers_slowly(stack: Stack, **requests: Any) -> None:
    stack.fake_infisical.order("latency", times=0, seconds=SLOW, **requests)


def allow_for_an_answer(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    monkeypatch.setattr(server, "BRIEF", replace(server.BRIEF, answer=seconds))


async def test_a_preview_waits_for_slow_answers_and_says_so(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "SLOW_SECONDS", SLOW)
    stack.real_time()
    answers_slowly(stack)

    await stack.preview(program())

    assert stack.steps == []
    (warning,) = stack.log.warnings
    assert f"Infisical at {stack.fake_infisical.url} answers slowly: it took 0." in warning
    assert "A check is skipped if an answer takes longer than 30 s" in warning


async def test_a_preview_that_got_no_answer_in_time_shows_no_change(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    allow_for_an_answer(monkeypatch, LIMIT)
    answers_slowly(stack)

    outputs = await stack.preview(program())

    assert stack.steps == []
    assert outputs["delivery"]["delivered"] is True
    assert all(warning.startswith("Drift check skipped. Infisical cannot ") for warning in stack.log.warnings)
    assert stack.log.warnings


async def test_a_preview_still_shows_a_change_that_it_can_see(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    allow_for_an_answer(monkeypatch, LIMIT)
    answers_slowly(stack)

    await stack.preview(program(declared="two"))

    assert stack.steps == [("update", "delivery")]


async def test_an_update_proves_a_delivery_that_it_could_not_check_briefly(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    allow_for_an_answer(monkeypatch, LIMIT)
    answers_slowly(stack)

    await stack.up(program())

    assert stack.steps == [("update", "delivery")]
    assert stack.outputs("delivery")["delivered"] is True


async def test_an_update_waits_for_an_answer_as_long_as_its_timeout_allows(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infisical.delivery.check.OBSERVE_SECONDS", 30.0)
    limits: list[float] = []

    async def observed(*arguments: Any) -> Observation:
        limits.append(arguments[-1].longest)
        return await observe(*arguments)

    monkeypatch.setattr("infisical.delivery.observer.observe", observed)

    await stack.up(program(declared="two", timeoutSeconds=20.0))

    brief, *waiting = limits
    assert (brief, waiting[0]) == (1.5, 20.0)


def test_every_limit_allows_an_answer_after_11_seconds() -> None:
    """Also for `rotate-encryption-key`, which waits for the server with brief calls."""
    assert {limits.answer for limits in (server.BRIEF, server.ONCE, server.PATIENT)} == {30.0}


async def test_a_deleted_value_is_seeded_again_although_the_first_list_is_slow(stack: Stack) -> None:
    Admin(stack.fake_infisical.url).delete("/api/v4/secrets/TOKEN", **at(stack.outputs("project")["projectId"]))
    stack.fake_infisical.order("latency", times=1, seconds=SLOW, path="/api/v4/secrets")

    await stack.up(program())

    assert ("update", "token") in stack.steps
    assert stack.outputs("delivery")["delivered"] is True


async def test_no_message_advises_to_add_a_seeded_value_by_hand(stack: Stack) -> None:
    Admin(stack.fake_infisical.url).delete("/api/v4/secrets/TOKEN", **at(stack.outputs("project")["projectId"]))
    unseeded = [it for it in program(seeded=True) if it.name != "token"]

    with pytest.raises(NotDelivered) as raised:
        await stack.up(unseeded)

    assert "TOKEN does not exist in Infisical (/ in prod). Fix: run `pulumi up`, which seeds it again" in str(
        raised.value
    )
    assert "add TOKEN" not in str(raised.value)
