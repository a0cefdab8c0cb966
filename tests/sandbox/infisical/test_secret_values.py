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


@pytest.mark.parametrize(
    ("name", "sent", "kept"),
    [
        ("BYTE_ORDER_MARK", "\ufeffkey\ufeff", "key"),
        ("NO_BREAK_SPACE", "\u00a0key\u2003", "key"),
        ("SEPARATORS", "\x1ckey\x1f", "\x1ckey\x1f"),
        ("NEXT_LINE", "\x85key\x85", "\x85key\x85"),
    ],
)
def test_what_is_trimmed_is_white_space_of_javascript(
    admin: Admin, project: str, name: str, sent: str, kept: str
) -> None:
    admin.secret(project, name, sent)

    assert read(admin, project, name) == kept


def test_references_are_resolved_and_missing_ones_are_empty(admin: Admin, project: str) -> None:
    admin.folder(project, "/deep/er")
    admin.secret(project, "DEEP", "deep", "/deep/er")
    admin.secret(project, "A", "a-${B}")
    admin.secret(project, "B", "b-${prod.deep.er.DEEP}-${MISSING}")

    assert read(admin, project, "A") == "a-b-deep-"
    assert read(admin, project, "A", "&expandSecretReferences=false") == "a-${B}"


@pytest.mark.parametrize(
    ("name", "values", "expanded"),
    [
        ("ITSELF", {"ITSELF": "${ITSELF}"}, "${ITSELF}"),
        ("AROUND", {"AROUND": "x-${AROUND}"}, "x-x-${AROUND}"),
        ("ONE", {"ONE": "${TWO}", "TWO": "${ONE}"}, "${TWO}"),
        ("OTHER_PROJECT", {"OTHER_PROJECT": "${@media.prod.KEY}"}, "${@media.prod.KEY}"),
        ("NONE", {"NONE": "$${} ${a b} ${ä}"}, "$${} ${a b} ${ä}"),
    ],
)
def test_circles_and_references_to_other_projects_stay_text(
    admin: Admin, project: str, name: str, values: dict[str, str], expanded: str
) -> None:
    for each, value in values.items():
        admin.secret(project, each, value)

    assert read(admin, project, name) == expanded


def test_a_change_without_a_value_answers_with_an_empty_one(admin: Admin, project: str) -> None:
    admin.secret(project, "COMMENTED", "value")

    answer = admin.do("PATCH", "/api/v4/secrets/COMMENTED", place(project) | {"secretComment": "why"})

    assert answer["secret"]["secretValue"] == ""
    assert read(admin, project, "COMMENTED") == "value"


def test_metadata_comes_in_random_order(admin: Admin, project: str) -> None:
    metadata = [{"key": f"key-{number}", "value": "x"} for number in range(8)]
    body = place(project) | {"secretValue": "x", "secretMetadata": metadata}
    admin.do("POST", "/api/v4/secrets/DESCRIBED", body)

    def order() -> tuple[str, ...]:
        found = admin.do("GET", f"/api/v4/secrets/DESCRIBED?{query(project)}")["secret"]["secretMetadata"]
        return tuple(each["key"] for each in found)

    orders = {order() for _ in range(10)}

    assert len(orders) > 1
    assert {frozenset(each) for each in orders} == {frozenset(each["key"] for each in metadata)}


@pytest.mark.parametrize("path", ["apps", "//apps", "/apps/", "/apps"])
def test_a_path_has_several_forms(admin: Admin, project: str, path: str) -> None:
    if path == "apps":
        admin.folder(project, "/apps")
    name = f"IN_{abs(hash(path))}"
    admin.secret(project, name, "value", path)

    assert admin.do("GET", f"/api/v4/secrets/{name}?{query(project, '/apps')}")["secret"]["secretPath"] == "/apps"
    assert read_at(admin, project, name, path) == "value"


def read_at(admin: Admin, project: str, name: str, path: str) -> str:
    value: str = admin.do("GET", f"/api/v4/secrets/{name}?{query(project, path)}")["secret"]["secretValue"]
    return value


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
