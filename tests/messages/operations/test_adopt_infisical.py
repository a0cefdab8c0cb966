"""The messages of `python -m operations adopt --from-infisical`: its report, its question, and every error."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from infisical.api.http.server import single_attempts
from sandbox.infisical.fake import FakeInfisical
from tests.messages.stories.book import assert_messages
from tests.operations.adopt.infisical.clicked import APPS, STORE, Clicked, clicked
from tests.operations.encryption_key.fakes.administrator import logged_in
from tests.operations.values.lab import Lab

Message = tuple[str, str]
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def ran(existing: Clicked, *arguments: str) -> str:
    with single_attempts():
        found = existing.run(*arguments)
    text = f"{found.text}[exit code {found.code}]"
    text = text.replace(str(existing.lab.folder), "FOLDER").replace(existing.lab.url, "http://infisical.example.net")
    return _ID.sub("ID", text)


def reports(existing: Clicked) -> Iterator[Message]:
    existing.declare()
    yield "No store and no app is declared", ran(existing, "--dry-run")
    existing.declare(STORE, APPS)
    yield "Nobody can confirm", ran(existing)
    existing.lab.patch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    existing.lab.patch.setattr("builtins.input", lambda question: print(question) or "n")
    with logged_in(existing.lab.url) as admin:
        admin.set("1PASSWORD", "canary-of-a-value-5")
        place = {"projectId": admin.project_id(), "environment": "prod", "path": "/media"}
        admin.call("POST", "/api/v2/secret-imports", **place, **{"import": {"environment": "dev", "path": "/"}})
        admin.call("DELETE", "/api/v4/secrets/OLD_TOKEN", **{**place, "secretPath": "/"})
    yield "Not confirmed, with what the declaration cannot express", ran(existing)
    yield "Written", ran(existing, "--yes")
    yield "Run again", ran(existing, "--yes")
    existing.declare(STORE, APPS)
    existing.delete_operator()
    login = existing.lab.identity()
    yield "Without an identity of the operator's name", ran(existing, "--yes")
    yield "Another identity for the operator", ran(existing, "--operator", "server", "--dry-run")
    existing.declare(STORE, APPS)
    for name, value in login.items():
        existing.lab.patch.setenv(name, value)
    yield "A login that may not list identities", ran(existing, "--dry-run")
    yield "An identity for the operator, with such a login", ran(existing, "--operator", "server")
    for name in login:
        existing.lab.patch.delenv(name)


def errors(existing: Clicked) -> Iterator[Message]:
    existing.declare(STORE, APPS)
    yield "An unknown project", ran(existing, "--project-slug", "not-there", "--yes")
    yield "An unknown environment", ran(existing, "--environment", "stage", "--yes")
    yield "An unknown identity", ran(existing, "--operator", "not-there", "--yes")
    existing.create_operator("pulumi stack homelab/cottage")
    yield "An identity of another stack", ran(existing, "--yes")
    with logged_in(existing.lab.url) as admin:
        body = {"organizationId": admin.organization, "role": "no-access"}
        admin.call("POST", "/api/v1/identities", name="homelab-eso", **body)
        yield "Two identities of the name", ran(existing, "--yes")
        yield "The identity that administers Infisical", ran(existing, "--operator", "Instance Admin Identity", "--yes")
        admin.call("POST", "/api/v1/projects", projectName="Media", slug="media-home")
    existing.declare(APPS)
    yield "Several projects, and none is named", ran(existing, "--yes")
    text = existing.file.read_text().replace("    adminEmail: admin@example.net\n", "    mode: manual\n")
    existing.file.write_text(text)
    yield "An identity for the operator of an Infisical that is set up by hand", ran(existing, "--operator", "a")
    existing.file.write_text("config: {}\n")
    yield "Infisical is not declared", ran(existing, "--yes")
    existing.declare("    operator: {accessSeconds: 60}\n", STORE, APPS)
    existing.create_operator("")
    yield "A mapping in one line", ran(existing, "--yes")
    existing.lab.pulumi.provider = {}
    yield "No login", ran(existing, "--yes")


def test_every_message_of_the_takeover_of_an_infisical(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, fake_infisical: FakeInfisical
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    existing = clicked(Lab(tmp_path, capfd, monkeypatch, fake_infisical))
    assert_messages("adopt_infisical", [*reports(existing), *errors(existing)])
