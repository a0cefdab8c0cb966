from __future__ import annotations

from tests.sandbox.infisical.admin import Admin, Login, place, query


def write(admin: Admin, project: str, token: str, name: str) -> int:
    return admin.call("POST", f"/api/v4/secrets/{name}", place(project) | {"secretValue": "x"}, token=token).status


def member(admin: Admin, slug: str) -> tuple[str, Login, str]:
    project, login = admin.project(slug), admin.identity()
    admin.member(project, login, "member")
    return project, login, admin.login(login)


def test_a_role_change_takes_effect_after_ten_seconds(own_admin: Admin) -> None:
    own_admin.fake.hold_clock()
    project, login, token = member(own_admin, "homelab")
    assert write(own_admin, project, token, "FIRST") == 200

    own_admin.set_role(project, login, "viewer")

    assert write(own_admin, project, token, "STALE") == 200
    own_admin.fake.advance(9)
    assert write(own_admin, project, token, "STILL_STALE") == 200
    own_admin.fake.advance(2)
    assert write(own_admin, project, token, "SETTLED") == 403


def test_a_new_member_has_access_at_once(own_admin: Admin) -> None:
    own_admin.fake.hold_clock()
    project, login = own_admin.project("homelab"), own_admin.identity()
    token = own_admin.login(login)
    path = f"/api/v4/secrets?{query(project)}"
    assert own_admin.call("GET", path, token=token).body["error"] == "ProjectMembershipNotFound"

    own_admin.member(project, login, "viewer")

    assert own_admin.call("GET", path, token=token).status == 200


def test_without_the_cache_a_change_takes_effect_at_once(admin: Admin) -> None:
    project, login, token = member(admin, "uncached")
    assert write(admin, project, token, "FIRST") == 200

    admin.set_role(project, login, "viewer")

    assert write(admin, project, token, "SETTLED") == 403
