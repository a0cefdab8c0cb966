"""A secret has tags, a reminder, and its earlier versions."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.infisical.admin import Admin, place, query


@pytest.fixture(scope="module")
def project(admin: Admin) -> str:
    return admin.project("marks")


def tag(admin: Admin, project: str, slug: str) -> str:
    made: str = admin.do("POST", f"/api/v1/projects/{project}/tags", {"slug": slug, "color": "#fff"})["tag"]["id"]
    return made


def read(admin: Admin, project: str, name: str) -> Any:
    return admin.do("GET", f"/api/v4/secrets/{name}?{query(project)}")["secret"]


def test_tags_are_set_changed_and_deleted(admin: Admin, project: str) -> None:
    first, second = tag(admin, project, "first"), tag(admin, project, "second")
    admin.do("POST", "/api/v4/secrets/TAGGED", place(project) | {"secretValue": "x", "tagIds": [first]})
    assert [each["slug"] for each in read(admin, project, "TAGGED")["tags"]] == ["first"]

    admin.do("PATCH", "/api/v4/secrets/TAGGED", place(project) | {"tagIds": [first, second]})
    assert [each["slug"] for each in read(admin, project, "TAGGED")["tags"]] == ["first", "second"]

    admin.do("DELETE", f"/api/v1/projects/{project}/tags/{first}")
    assert [each["slug"] for each in read(admin, project, "TAGGED")["tags"]] == ["second"]
    assert [each["slug"] for each in admin.do("GET", f"/api/v1/projects/{project}/tags")["tags"]] == ["second"]


def test_an_unknown_tag_is_not_found(admin: Admin, project: str) -> None:
    body = place(project) | {"secretValue": "x", "tagIds": ["00000000-0000-4000-8000-000000000000"]}

    assert admin.call("POST", "/api/v4/secrets/UNTAGGED", body).status == 404
    assert admin.call("GET", f"/api/v4/secrets/UNTAGGED?{query(project)}").status == 404


def test_a_reminder_is_set_kept_and_removed(admin: Admin, project: str) -> None:
    admin.secret(project, "REMINDED", "x")
    reminder = {"secretReminderNote": "rotate it", "secretReminderRepeatDays": 30}

    def found() -> dict[str, Any]:
        shown = read(admin, project, "REMINDED")
        return {name: shown[name] for name in reminder}

    admin.do("PATCH", "/api/v4/secrets/REMINDED", place(project) | reminder)
    assert found() == reminder

    admin.do("PATCH", "/api/v4/secrets/REMINDED", place(project) | {"secretValue": "y"})
    assert found() == reminder

    admin.do("PATCH", "/api/v4/secrets/REMINDED", place(project) | dict.fromkeys(reminder))
    assert found() == dict.fromkeys(reminder)


def test_the_versions_are_listed_newest_first(admin: Admin, project: str) -> None:
    admin.secret(project, "VERSIONED", "one")
    for value in ("two", "three"):
        admin.do("PATCH", "/api/v4/secrets/VERSIONED", place(project) | {"secretValue": value})
    path = f"/api/v1/secret/{read(admin, project, 'VERSIONED')['id']}/secret-versions"

    listed = admin.do("GET", f"{path}?offset=0&limit=2")["secretVersions"]

    assert [(each["version"], each["secretValue"]) for each in listed] == [(3, "three"), (2, "two")]
    earlier = admin.do("GET", f"/api/v4/secrets/VERSIONED?{query(project)}&version=1")["secret"]
    assert earlier["secretValue"] == "one"
