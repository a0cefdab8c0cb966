"""The command asks before it writes, and changes nothing in Infisical."""

from __future__ import annotations

import sys

import pytest

from sandbox.infisical.fake import FakeInfisical
from tests.operations.adopt.infisical.clicked import APPS, STORE, Clicked


@pytest.mark.parametrize("arguments", [(), ("--dry-run",), ("--dry-run", "--yes"), ("--json",)])
def test_nothing_is_written_without_a_confirmation(arguments: tuple[str, ...], existing: Clicked) -> None:
    existing.declare(STORE, APPS)
    before = existing.file.read_text()

    ran = existing.run(*arguments)

    assert ran.code == 1
    assert "adopt: true" in ran.out
    assert existing.file.read_text() == before


def test_an_answer_writes(existing: Clicked) -> None:
    existing.declare(STORE, APPS)
    existing.lab.patch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    existing.lab.patch.setattr("builtins.input", lambda _: "y")

    ran = existing.run()

    assert "Written. Next: add the lines above for the keys that apps need, then run `pulumi preview`." in ran.out
    assert existing.config()["homelab:infisical"]["operator"] == {"adopt": True}


def test_a_run_that_was_interrupted_at_the_question_can_run_again(existing: Clicked) -> None:
    existing.declare(STORE, APPS)
    existing.lab.patch.setattr(sys.stdin, "isatty", lambda: True, raising=False)

    def interrupt(_: str) -> str:
        raise KeyboardInterrupt

    existing.lab.patch.setattr("builtins.input", interrupt)
    before = existing.file.read_text()

    assert existing.run().code == 130
    assert existing.file.read_text() == before
    assert existing.report("--yes")["written"]


def test_infisical_is_only_read(existing: Clicked, fake_infisical: FakeInfisical) -> None:
    existing.declare(STORE, APPS)
    start = len(fake_infisical.requests())

    existing.run("--yes")

    sent = fake_infisical.requests()[start:]
    assert sent
    for each in sent:
        is_login = each["path"].startswith(("/api/v3/auth/", "/api/v1/auth/"))
        is_search = each["path"] == "/api/v1/identities/search"
        assert each["method"] == "GET" or is_login or is_search, each
