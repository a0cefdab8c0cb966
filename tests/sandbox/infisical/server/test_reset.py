"""`reset` makes a used fake a new one, so that tests can share its process."""

from __future__ import annotations

from http import HTTPStatus

import pytest

from sandbox.infisical import FakeInfisical
from tests.sandbox.infisical.admin import Admin
from tests.sandbox.infisical.client import send


def initialized(fake: FakeInfisical) -> bool:
    found: bool = send(fake.url, "GET", "/api/v1/admin/config").body["config"]["initialized"]
    return found


def test_data_faults_clock_and_requests_are_gone(fake_infisical: FakeInfisical) -> None:
    admin = Admin(fake_infisical)
    fake_infisical.hold_clock()
    fake_infisical.advance(3600)
    fake_infisical.order("status", times=0, path="/api/v1/admin/config")
    assert send(fake_infisical.url, "GET", "/api/v1/admin/config").status == HTTPStatus.INTERNAL_SERVER_ERROR

    fake_infisical.reset()

    assert fake_infisical.requests() == []
    assert not initialized(fake_infisical)
    assert send(fake_infisical.url, "GET", "/api/v1/projects", token=admin.token).status == HTTPStatus.UNAUTHORIZED
    Admin(fake_infisical)
    assert initialized(fake_infisical)


@pytest.mark.parametrize("kill", [False, True])
def test_a_stopped_fake_runs_again_with_its_own_keys(fake_infisical: FakeInfisical, kill: bool) -> None:
    fake_infisical.restart(permission_cache_seconds=0, auth_secret="another-signing-key-of-the-server")
    fake_infisical.stop(kill=kill)

    fake_infisical.reset()

    assert not initialized(fake_infisical)
