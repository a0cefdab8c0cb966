from __future__ import annotations

import http.client
from urllib.parse import urlsplit

import pytest

from sandbox.infisical import InfisicalServer, Settings
from tests.sandbox.infisical.admin import Admin, place, query
from tests.sandbox.infisical.client import send

SECRET = "/api/v4/secrets/KEY"


@pytest.fixture(scope="module")
def project(admin: Admin) -> str:
    return admin.project("faulty")


@pytest.fixture(autouse=True)
def no_faults_left(admin: Admin) -> None:
    admin.fake.clear_faults()


def statuses(admin: Admin, count: int) -> list[int]:
    return [send(admin.fake.url, "GET", "/api/status").status for _ in range(count)]


def test_the_nth_request_fails_and_the_others_do_not(admin: Admin) -> None:
    admin.fake.order("status", at=3, status=503)

    assert statuses(admin, 5) == [200, 200, 503, 200, 200]


def test_a_number_of_requests_fail(admin: Admin) -> None:
    admin.fake.order("status", times=2, status=429)

    assert statuses(admin, 3) == [429, 429, 200]


def test_all_requests_fail_until_the_faults_are_cleared(admin: Admin) -> None:
    admin.fake.order("status", times=0, status=500)

    assert statuses(admin, 3) == [500, 500, 500]
    admin.fake.clear_faults()
    assert statuses(admin, 1) == [200]


def test_only_matching_requests_fail(admin: Admin, project: str) -> None:
    admin.fake.order("status", method="POST", path="/api/v4/secrets/*", status=502)

    assert statuses(admin, 2) == [200, 200]
    assert admin.call("POST", SECRET, place(project) | {"secretValue": "x"}).status == 502
    assert admin.call("GET", f"{SECRET}?{query(project)}").status == 404, "it was not created"


def test_a_generation_of_the_api_can_be_missing(admin: Admin, project: str) -> None:
    admin.fake.order("missing", path="/api/v4/*", times=0)
    path = f"{SECRET}?{query(project)}"

    answer = admin.call("GET", path)

    assert (answer.status, answer.body["message"]) == (404, f"Route GET:{path} not found")
    older = "/api/v3/secrets/raw?workspaceSlug=faulty&environment=prod"
    assert admin.call("GET", older).status == 200


def test_a_connection_is_closed_without_an_answer(admin: Admin) -> None:
    admin.fake.order("close")

    with pytest.raises(http.client.RemoteDisconnected):
        statuses(admin, 1)
    assert statuses(admin, 1) == [200]


def test_an_answer_is_lost_after_the_work_is_done(admin: Admin, project: str) -> None:
    admin.fake.order("close", method="POST", after=True)

    with pytest.raises(http.client.RemoteDisconnected):
        admin.call("POST", SECRET, place(project) | {"secretValue": "kept"})

    assert admin.do("GET", f"{SECRET}?{query(project)}")["secret"]["secretValue"] == "kept"


def test_a_hanging_request_does_not_delay_others(admin: Admin) -> None:
    admin.fake.order("hang")
    hanging = http.client.HTTPConnection(urlsplit(admin.fake.url).netloc, timeout=0.2)
    hanging.request("GET", "/api/status")

    with pytest.raises(TimeoutError):
        hanging.getresponse()

    assert statuses(admin, 2) == [200, 200]
    hanging.close()


def test_a_slow_answer_arrives(admin: Admin) -> None:
    admin.fake.order("latency", seconds=0.05)

    assert statuses(admin, 1) == [200]


def test_every_request_is_recorded(admin: Admin) -> None:
    before = len(admin.fake.requests())
    admin.fake.order("status", status=500)

    statuses(admin, 2)

    noted = [(each["method"], each["path"], each["status"]) for each in admin.fake.requests()[before:]]
    assert noted == [("GET", "/api/status", 500), ("GET", "/api/status", 200)]


def test_faults_need_the_control_option(admin: Admin, tmp_path_factory: pytest.TempPathFactory) -> None:
    server = InfisicalServer(tmp_path_factory.mktemp("plain"), settings=Settings(bcrypt_rounds=4), tethered=True)
    server.start(admin.fake.encryption_key, admin.fake.auth_secret)
    try:
        answers = [send(server.url or "", "POST", f"/fake/{what}", {}).status for what in ("faults", "clock")]
    finally:
        server.stop()

    assert answers == [404, 404]
