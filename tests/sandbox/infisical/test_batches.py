from __future__ import annotations

import pytest

from tests.sandbox.infisical.admin import Admin, place, query


@pytest.fixture
def project(admin: Admin, request: pytest.FixtureRequest) -> str:
    """A new project with a secret `THERE`."""
    slug = f"project-{abs(hash(request.node.nodeid))}"
    project = admin.project(slug)
    admin.secret(project, "THERE", "before")
    return project


def stored(admin: Admin, project: str) -> dict[str, str]:
    listed = admin.do("GET", f"/api/v4/secrets?{query(project)}")["secrets"]
    return {each["secretKey"]: each["secretValue"] for each in listed}


@pytest.mark.parametrize(
    ("method", "entries", "status"),
    [
        ("POST", [{"secretKey": "NEW", "secretValue": "x"}, {"secretKey": "THERE", "secretValue": "x"}], 400),
        ("POST", [{"secretKey": "NEW", "secretValue": "x"}, {"secretKey": "a:b", "secretValue": "y"}], 422),
        ("POST", [{"secretKey": "NEW", "secretValue": "x"}, {"secretKey": "OTHER"}], 422),
        ("PATCH", [{"secretKey": "THERE", "secretValue": "x"}, {"secretKey": "MISSING", "secretValue": "x"}], 404),
        ("DELETE", [{"secretKey": "THERE"}, {"secretKey": "MISSING"}], 404),
    ],
    ids=["exists", "bad name", "no value", "patch missing", "delete missing"],
)
def test_a_failed_batch_changes_nothing(
    admin: Admin, project: str, method: str, entries: list[dict[str, str]], status: int
) -> None:
    answer = admin.call(method, "/api/v4/secrets/batch", place(project) | {"secrets": entries})

    assert answer.status == status
    assert stored(admin, project) == {"THERE": "before"}


def test_a_name_that_is_in_a_batch_twice_becomes_one_secret(admin: Admin, project: str) -> None:
    entries = [{"secretKey": "NEW", "secretValue": "first"}, {"secretKey": "NEW", "secretValue": "last"}]

    admin.do("POST", "/api/v4/secrets/batch", place(project) | {"secrets": entries})

    assert stored(admin, project) == {"THERE": "before", "NEW": "last"}


@pytest.mark.parametrize(
    ("mode", "expected"),
    [("upsert", {"THERE": "after", "NEW": "made"}), ("ignore", {"THERE": "after"})],
)
def test_the_mode_of_a_batch_decides_about_missing_secrets(
    admin: Admin, project: str, mode: str, expected: dict[str, str]
) -> None:
    entries = [{"secretKey": "THERE", "secretValue": "after"}, {"secretKey": "NEW", "secretValue": "made"}]

    admin.do("PATCH", "/api/v4/secrets/batch", place(project) | {"mode": mode, "secrets": entries})

    assert stored(admin, project) == expected
