from __future__ import annotations

import pytest

from tests.sandbox.infisical.admin import Admin, Login

LOCKED = "This identity auth method is temporarily locked, please try again later"
BAD = "0" * 64


@pytest.fixture
def login(admin: Admin) -> Login:
    return admin.identity()


def fail(admin: Admin, login: Login, times: int) -> None:
    for _ in range(times):
        assert admin.try_login(login, BAD).body["message"] == "Invalid credentials"


def test_three_wrong_client_secrets_also_lock_the_correct_one(admin: Admin, login: Login) -> None:
    fail(admin, login, 3)

    answer = admin.try_login(login)

    assert (answer.status, answer.body["error"], answer.body["message"]) == (401, "UnauthorizedError", LOCKED)


def test_two_wrong_client_secrets_do_not_lock(admin: Admin, login: Login) -> None:
    fail(admin, login, 2)

    assert admin.try_login(login).status == 200


def test_a_successful_login_resets_the_count(admin: Admin, login: Login) -> None:
    for _ in range(3):
        fail(admin, login, 2)
        assert admin.try_login(login).status == 200


def test_the_lock_lasts_300_seconds(admin: Admin, login: Login) -> None:
    fail(admin, login, 3)

    admin.fake.advance(290)
    assert admin.try_login(login).body["message"] == LOCKED
    admin.fake.advance(11)
    assert admin.try_login(login).status == 200


def test_wrong_client_secrets_more_than_30_seconds_apart_do_not_lock(admin: Admin, login: Login) -> None:
    for _ in range(5):
        fail(admin, login, 1)
        admin.fake.advance(31)

    assert admin.try_login(login).status == 200


def test_only_that_identity_is_locked(admin: Admin, login: Login) -> None:
    fail(admin, login, 3)

    assert admin.try_login(admin.identity("another")).status == 200


def test_an_administrator_ends_the_lock(admin: Admin, login: Login) -> None:
    fail(admin, login, 3)
    path = f"/api/v1/auth/universal-auth/identities/{login.identity}/clear-lockouts"

    assert admin.do("POST", path, {}) == {"deleted": 1}
    assert admin.try_login(login).status == 200
    assert admin.do("POST", path, {}) == {"deleted": 0}


def test_existing_tokens_work_while_the_identity_is_locked(admin: Admin, login: Login) -> None:
    token = admin.login(login)

    fail(admin, login, 3)

    assert admin.call("GET", "/api/v1/projects", token=token).status == 200


def test_a_lock_survives_a_restart(own_admin: Admin) -> None:
    login = own_admin.identity()
    fail(own_admin, login, 3)

    own_admin.fake.restart()

    assert own_admin.try_login(login).body["message"] == LOCKED


def test_an_identity_without_lockout_is_never_locked(admin: Admin) -> None:
    login = admin.identity("open", lockoutEnabled=False)
    fail(admin, login, 5)

    assert admin.try_login(login).status == 200
