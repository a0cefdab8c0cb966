from __future__ import annotations

import pytest

from tests.sandbox.infisical.admin import Admin, place, query


@pytest.fixture(scope="module")
def project(admin: Admin) -> str:
    return admin.project("values")


def read(admin: Admin, project: str, name: str, further: str = "") -> str:
    value: str = admin.do("GET", f"/api/v4/secrets/{name}?{query(project)}{further}")["secret"]["secretValue"]
    return value


@pytest.mark.parametrize(
    ("name", "sent", "kept"),
    [
        ("SPACES", "  a b  ", "a b"),
        ("NEWLINE", "key\n", "key\n"),
        ("NEWLINES", "\n\nkey\n\n", "key\n"),
        ("NEWLINE_THEN_SPACE", "key\n ", "key"),
        ("TAB", "\tkey\t", "key"),
        ("UNICODE", "schlüssel 🔑", "schlüssel 🔑"),
        ("EMPTY", "", ""),
    ],
)
def test_values_are_trimmed_except_one_newline_at_the_end(
    admin: Admin, project: str, name: str, sent: str, kept: str
) -> None:
    admin.secret(project, name, sent)

    assert read(admin, project, name) == kept


def test_references_are_resolved_and_a_missing_one_is_empty(admin: Admin, project: str) -> None:
    admin.secret(project, "DEEP", "deep")
    admin.secret(project, "MIDDLE", "middle-${DEEP}")
    admin.secret(project, "TOP", "top-${MIDDLE}-${MISSING}")

    assert read(admin, project, "TOP") == "top-middle-deep-"
    assert read(admin, project, "TOP", "&expandSecretReferences=false") == "top-${MIDDLE}-${MISSING}"


def test_a_circular_reference_stays_text(admin: Admin, project: str) -> None:
    admin.secret(project, "A", "a-${B}")
    admin.secret(project, "B", "b-${C}")
    admin.secret(project, "C", "c-${A}-${MISSING}")
    admin.secret(project, "SELF", "x-${SELF}")

    assert read(admin, project, "A") == "a-b-c-a-${B}-"
    assert read(admin, project, "SELF") == "x-x-${SELF}"


def test_a_reference_to_another_project_stays_text(admin: Admin, project: str) -> None:
    admin.secret(project, "FOREIGN", "x-${@other-project.prod.KEY}")

    assert read(admin, project, "FOREIGN") == "x-${@other-project.prod.KEY}"


def test_a_renamed_secret_keeps_its_id_and_versions(admin: Admin, project: str) -> None:
    admin.secret(project, "OLD", "value")
    before = admin.do("GET", f"/api/v4/secrets/OLD?{query(project)}")["secret"]

    admin.do("PATCH", "/api/v4/secrets/OLD", place(project) | {"newSecretName": "RENAMED"})

    after = admin.do("GET", f"/api/v4/secrets/RENAMED?{query(project)}")["secret"]
    assert (after["id"], after["version"], after["secretValue"]) == (before["id"], 2, "value")
    assert admin.call("GET", f"/api/v4/secrets/OLD?{query(project)}").status == 404


def test_what_the_fake_does_not_imitate_is_refused_with_the_reason(admin: Admin, project: str) -> None:
    body = place(project) | {"secretValue": "x", "type": "personal"}

    answer = admin.call("POST", "/api/v4/secrets/PERSONAL", body)

    assert answer.status == 400
    assert "fake" in answer.body["message"]
