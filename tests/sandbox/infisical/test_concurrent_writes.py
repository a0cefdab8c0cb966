from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from sandbox.infisical import FakeInfisical
from tests.sandbox.infisical.admin import Admin, place, query
from tests.sandbox.infisical.client import send

CLIENTS, WRITES = 8, 40


def at_once(call: Callable[[int], Any]) -> list[Any]:
    with ThreadPoolExecutor(CLIENTS) as clients:
        return list(clients.map(call, range(WRITES)))


@pytest.fixture(scope="module")
def project(admin: Admin) -> str:
    return admin.project("busy-homelab")


def test_every_change_of_a_secret_is_a_new_version(admin: Admin, project: str) -> None:
    admin.secret(project, "SHARED", "first")

    def change(number: int) -> dict[str, Any]:
        body = place(project) | {"secretValue": f"value {number}"}
        changed: dict[str, Any] = admin.do("PATCH", "/api/v4/secrets/SHARED", body)["secret"]
        return changed

    written = {each["version"]: each["secretValue"] for each in at_once(change)}

    assert sorted(written) == list(range(2, WRITES + 2))
    for version in (2, WRITES + 1):
        read = admin.do("GET", f"/api/v4/secrets/SHARED?{query(project)}&version={version}")["secret"]
        assert read["secretValue"] == written[version]


def test_only_one_of_many_creates_of_a_secret_succeeds(admin: Admin, project: str) -> None:
    def create(number: int) -> int:
        return admin.call("POST", "/api/v4/secrets/ONCE", place(project) | {"secretValue": str(number)}).status

    assert Counter(at_once(create)) == {200: 1, 400: WRITES - 1}


def test_a_batch_is_atomic_for_readers(admin: Admin, project: str) -> None:
    names = [f"PART_{number}" for number in range(20)]
    admin.folder(project, "/batch")

    def call(number: int) -> set[str]:
        entries = [{"secretKey": name, "secretValue": str(number)} for name in names]
        body = place(project, "/batch") | {"mode": "upsert", "secrets": entries}
        if number % 2:
            admin.do("PATCH", "/api/v4/secrets/batch", body)
        listed = admin.do("GET", f"/api/v4/secrets?{query(project, '/batch')}")["secrets"]
        return {each["secretValue"] for each in listed}

    assert max(len(values) for values in at_once(call)) == 1


def test_only_one_of_many_bootstraps_succeeds() -> None:
    """On the real server two parallel bootstraps can succeed; the fake does not imitate this."""
    with FakeInfisical() as fake:

        def bootstrap(number: int) -> int:
            body = {"email": f"admin{number}@homelab.test", "password": "p", "organization": "homelab"}
            return send(fake.url, "POST", "/api/v1/admin/bootstrap", body).status

        assert Counter(at_once(bootstrap)) == {200: 1, 400: WRITES - 1}
