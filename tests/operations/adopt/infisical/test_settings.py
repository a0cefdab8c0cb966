"""The command writes the settings with which the program takes over the project and the identity."""

from __future__ import annotations

from operations.values.access.login import CLIENT_ID, CLIENT_SECRET
from tests.operations.adopt.infisical.clicked import APPS, STORE, Clicked
from tests.operations.encryption_key.fakes.administrator import logged_in


def test_a_stack_file_with_an_address_alone_gets_the_store_the_identity_and_no_app(existing: Clicked) -> None:
    existing.declare()

    report = existing.report("--yes", "--environment", "prod")

    assert report["written"]
    config = existing.config()
    assert config["homelab:store"] == {
        "hostAPI": existing.lab.url,
        "projectSlug": "homelab",
        "environmentSlug": "prod",
    }
    assert config["homelab:infisical"]["operator"] == {"adopt": True}
    assert config["homelab:apps"] == {}


def test_comments_stay_and_only_new_lines_are_in_the_diff(existing: Clicked) -> None:
    existing.declare(STORE, APPS)
    before = existing.file.read_text()

    ran = existing.run("--yes")

    after = existing.file.read_text()
    assert [line for line in after.splitlines() if line not in before.splitlines()] == [
        "    operator:",
        "      adopt: true",
    ]
    assert [line for line in before.splitlines() if line not in after.splitlines()] == []
    assert "+    operator:\n+      adopt: true" in ran.out


def test_a_second_run_writes_nothing(existing: Clicked) -> None:
    existing.declare(STORE, APPS)
    existing.run("--yes")
    before = existing.file.read_text()

    ran = existing.run("--yes")

    assert "\nNothing to write. Next: " in ran.out
    assert existing.file.read_text() == before


def test_another_project_and_environment_can_be_named(existing: Clicked) -> None:
    existing.declare(STORE, APPS)
    with logged_in(existing.lab.url) as admin:
        admin.call("POST", "/api/v1/projects", projectName="Media", slug="media-home")

    existing.report("--yes", "--project-slug", "media-home", "--environment", "staging")

    store = existing.config()["homelab:store"]
    assert (store["projectSlug"], store["environmentSlug"]) == ("media-home", "staging")
    assert "projectSlug: media-home  # the first one" in existing.file.read_text()


def test_another_identity_can_be_named_for_the_operator(existing: Clicked) -> None:
    existing.lab.identity()
    existing.declare(STORE, APPS)

    report = existing.report("--yes", "--operator", "server")

    assert existing.config()["homelab:infisical"]["operator"] == {"name": "server", "adopt": True}
    assert report["identities"] == [
        {"name": "server", "roles": "no-access", "result": "the operator's, with `adopt: true`"}
    ]


def test_an_identity_that_the_stack_created_needs_no_setting(existing: Clicked) -> None:
    existing.declare(STORE, APPS)
    existing.create_operator("pulumi stack homelab/homelab")

    report = existing.report("--yes")

    assert (report["files"], report["written"]) == ([], False)
    assert [each["result"] for each in report["identities"]] == ["the operator's, created by this stack"]


def test_without_an_identity_of_the_name_the_update_creates_it(existing: Clicked) -> None:
    existing.declare(STORE, APPS)
    existing.lab.identity()
    existing.delete_operator()

    report = existing.report("--yes")

    assert report["files"] == []
    assert any("creates the identity 'homelab-eso'" in each for each in report["notes"])


def test_with_mode_manual_no_identity_is_adopted(existing: Clicked) -> None:
    existing.declare(STORE, APPS)
    text = existing.file.read_text().replace("    adminEmail: admin@example.net\n", "    mode: manual\n")
    existing.file.write_text(text)

    report = existing.report("--yes")

    assert (report["files"], report["identities"]) == ([], [])
    assert existing.file.read_text() == text


def test_a_machine_identity_reads_what_it_may_read(existing: Clicked) -> None:
    """It lists no identities, and the report says so."""
    existing.declare(STORE, APPS)
    login = existing.lab.identity()
    for name in (CLIENT_ID, CLIENT_SECRET):
        existing.lab.patch.setenv(name, login[name])

    report = existing.report("--yes")

    assert {each["name"] for each in report["keys"]} >= {"WEB_TOKEN", "API_KEY"}
    assert report["files"] == []
    assert any("identities were not read" in each for each in report["notes"])
