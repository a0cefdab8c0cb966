from __future__ import annotations

from sandbox.infisical import FakeInfisical
from tests.sandbox.infisical.admin import EMAIL, PASSWORD, Admin, Login

TOO_OLD = (401, "Identity access token exceeded max age, please re-authenticate")


def use(admin: Admin, token: str) -> tuple[int, str]:
    answer = admin.call("GET", "/api/v1/projects", token=token)
    return answer.status, answer.body.get("message", "")


def test_revoking_a_client_secret_ends_only_its_own_tokens(admin: Admin) -> None:
    login = admin.identity()
    base = f"/api/v1/auth/universal-auth/identities/{login.identity}/client-secrets"
    second = admin.do("POST", base, {})
    revoked = Login(login.identity, login.client_id, second["clientSecret"], second["clientSecretData"]["id"])
    kept_token, ended_token = admin.login(login), admin.login(revoked)

    admin.do("POST", f"{base}/{revoked.secret_id}/revoke", {})

    assert use(admin, ended_token) == (401, "Failed to authorize: client secret has been revoked")
    assert use(admin, kept_token)[0] == 200
    assert admin.try_login(revoked).body["message"] == "Invalid credentials"
    assert [each["id"] for each in admin.do("GET", base)["clientSecretData"]] == [login.secret_id]


def test_a_token_ends_with_its_time_to_live(admin: Admin) -> None:
    token = admin.login(admin.identity("short", accessTokenTTL=60, accessTokenMaxTTL=120))
    assert use(admin, token)[0] == 200

    admin.fake.advance(61)

    assert use(admin, token) == (403, "Your token has expired. Please re-authenticate.")


def test_a_token_can_be_renewed_up_to_its_maximum_age(admin: Admin) -> None:
    token = admin.login(admin.identity("renewing", accessTokenTTL=60, accessTokenMaxTTL=100))
    admin.fake.advance(30)
    renewed = admin.do("POST", "/api/v1/auth/token/renew", {"accessToken": token})["accessToken"]

    admin.fake.advance(45)

    assert use(admin, token)[0] == 403
    assert use(admin, renewed)[0] == 200
    assert admin.call("POST", "/api/v1/auth/token/renew", {"accessToken": renewed}).status == 401


def test_a_client_secret_ends_with_its_time_to_live(admin: Admin) -> None:
    login = admin.identity()
    base = f"/api/v1/auth/universal-auth/identities/{login.identity}/client-secrets"
    made = admin.do("POST", base, {"ttl": 60})
    short = Login(login.identity, login.client_id, made["clientSecret"], made["clientSecretData"]["id"])
    assert admin.try_login(short).status == 200

    admin.fake.advance(61)

    assert admin.try_login(short).body["message"] == "Access denied due to expired client secret"
    assert admin.try_login(login).status == 200


def test_a_login_removes_only_expired_tokens(admin: Admin) -> None:
    short, long = admin.identity("short", accessTokenTTL=60), admin.identity("long", accessTokenTTL=6000)
    expired, living = admin.login(short), admin.login(long)
    admin.fake.advance(61)

    admin.login(short)

    assert use(admin, expired) == (403, "Your token has expired. Please re-authenticate.")
    assert use(admin, living)[0] == 200
    assert use(admin, admin.token)[0] == 200


def test_a_token_ends_with_its_identity(admin: Admin) -> None:
    login = admin.identity()
    token = admin.login(login)

    admin.do("DELETE", f"/api/v1/identities/{login.identity}")

    assert use(admin, token)[0] == 401
    assert admin.try_login(login).body["message"] == "Invalid credentials"


def test_a_token_auth_token_can_be_created_and_revoked(admin: Admin) -> None:
    search = {"search": {"name": {"$eq": "Instance Admin Identity"}}}
    identity = admin.do("POST", "/api/v1/identities/search", search)["identities"][0]["identityId"]
    base = "/api/v1/auth/token-auth"
    made = admin.do("POST", f"{base}/identities/{identity}/tokens", {"name": "pulumi"})
    assert use(admin, made["accessToken"])[0] == 200

    admin.do("POST", f"{base}/tokens/{made['tokenData']['id']}/revoke", {})

    assert use(admin, made["accessToken"]) == (401, "Failed to authorize: token has been revoked")


def test_an_old_server_refuses_an_old_bootstrap_token() -> None:
    with FakeInfisical(bootstrap_token_max_age=3600) as fake:
        admin = Admin(fake)
        assert use(admin, admin.bootstrap_token)[0] == 200

        fake.advance(3601)

        assert use(admin, admin.bootstrap_token) == TOO_OLD
        assert use(admin, admin.token)[0] == 200


def test_the_bootstrap_token_is_refused_at_once_by_default(admin: Admin) -> None:
    assert use(admin, admin.bootstrap_token) == TOO_OLD


def test_some_servers_always_accept_the_bootstrap_token() -> None:
    with FakeInfisical(bootstrap_token_max_age=None) as fake:
        admin = Admin(fake)

        assert use(admin, admin.bootstrap_token)[0] == 200


def user_token(admin: Admin) -> str:
    """Log in as the admin user and select the organization, which every server supports."""
    login = {"email": EMAIL, "password": PASSWORD}
    first = admin.do("POST", "/api/v3/auth/login", login)["accessToken"]
    organization = admin.do("GET", "/api/v1/organization", token=first)["organizations"][0]["id"]
    body = {"organizationId": organization}
    token: str = admin.do("POST", "/api/v3/auth/select-organization", body, token=first)["token"]
    return token


def test_the_admin_user_can_log_in_and_create_a_machine_token(admin: Admin) -> None:
    token = user_token(admin)
    search = {"search": {"name": {"$eq": "Instance Admin Identity"}}}
    identity = admin.do("POST", "/api/v1/identities/search", search, token=token)["identities"][0]["identityId"]

    path = f"/api/v1/auth/token-auth/identities/{identity}/tokens"
    made = admin.do("POST", path, {"name": "machine"}, token=token)

    assert use(admin, made["accessToken"])[0] == 200


def test_a_user_without_a_selected_organization_has_no_access(admin: Admin) -> None:
    login = {"email": EMAIL, "password": PASSWORD}
    token = admin.do("POST", "/api/v3/auth/login", login)["accessToken"]

    assert use(admin, token)[0] == 401
