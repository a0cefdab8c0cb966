from __future__ import annotations

import pytest

from tests.sandbox.infisical.admin import Admin, query


@pytest.mark.parametrize("kill", [False, True], ids=["stopped", "killed"])
def test_all_data_survive_a_restart(own_admin: Admin, kill: bool) -> None:
    admin, url = own_admin, own_admin.fake.url
    project, login = admin.project("homelab"), admin.identity()
    admin.member(project, login, "viewer")
    admin.secret(project, "KEY", "value")
    token = admin.login(login)

    admin.fake.stop(kill=kill)
    assert not admin.fake.server.running
    admin.fake.start()

    assert admin.fake.url == url
    secret = admin.do("GET", f"/api/v4/secrets/KEY?{query(project)}", token=token)["secret"]
    assert (secret["secretValue"], secret["version"]) == ("value", 1)
    assert admin.login(login)
    assert admin.do("GET", "/api/v1/admin/config")["config"]["initialized"] is True


def test_a_second_bootstrap_is_refused_after_a_restart(own_admin: Admin) -> None:
    own_admin.fake.restart()

    answer = own_admin.call(
        "POST", "/api/v1/admin/bootstrap", {"email": "b@homelab.test", "password": "p", "organization": "other"}
    )

    assert (answer.status, answer.body["message"]) == (400, "Instance has already been set up")


def test_the_plan_survives_a_restart(own_admin: Admin) -> None:
    path = f"/api/v1/auth/universal-auth/identities/{own_admin.identity().identity}"
    own_admin.fake.allow_trusted_ips()

    own_admin.fake.stop()
    own_admin.fake.start()

    own_admin.do("PATCH", path, {"accessTokenTrustedIps": [{"ipAddress": "10.0.0.0/8"}]})
