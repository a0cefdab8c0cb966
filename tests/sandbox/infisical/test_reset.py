"""A reset makes a running fake a server that was never set up."""

from __future__ import annotations

from typing import Any

import httpx2

from sandbox.infisical.fake import FakeInfisical

ADMIN = {"email": "admin@homelab.test", "password": "Throw-Away-Passw0rd!", "organization": "homelab"}


def bootstrap(fake: FakeInfisical) -> httpx2.Response:
    return httpx2.post(f"{fake.url}/api/v1/admin/bootstrap", json=ADMIN, verify=False)


def status(fake: FakeInfisical) -> dict[str, Any]:
    answer: dict[str, Any] = httpx2.get(f"{fake.url}/api/v1/admin/config", verify=False).json()
    return answer


def test_a_reset_removes_data_faults_and_requests() -> None:
    with FakeInfisical() as fake:
        assert bootstrap(fake).is_success
        fake.advance(1000)
        fake.order("status", times=0, status=500, path="/api/v1/admin/*")
        pid = fake.server.pid

        fake.reset()

        assert fake.requests() == []
        assert status(fake)["config"]["initialized"] is False
        assert bootstrap(fake).is_success
        assert fake.server.pid == pid


def test_a_reset_server_can_be_restarted_on_its_data() -> None:
    with FakeInfisical() as fake:
        bootstrap(fake)
        fake.reset()
        bootstrap(fake)

        fake.restart()

        assert status(fake)["config"]["initialized"] is True
