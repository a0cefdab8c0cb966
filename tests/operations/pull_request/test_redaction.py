"""Known secrets do not stand in a text, however a program has written them."""

from __future__ import annotations

import base64
import json
import secrets
from urllib.parse import quote

import pytest

from operations.pull_request.redaction import Redaction, secrets_of_state

SECRET = "p@ss/word+" + secrets.token_hex(12)
MARK = "4dabf18193072939515e22adb298388d"


@pytest.mark.parametrize(
    "written",
    [
        SECRET,
        SECRET.upper(),
        SECRET[::-1],
        SECRET.encode().hex(),
        quote(SECRET, safe=""),
        json.dumps({"key": SECRET}),
        f"before {SECRET} and {SECRET} after",
        *(base64.b64encode(b"x" * offset + SECRET.encode() + b"tail").decode() for offset in range(4)),
        *(base64.urlsafe_b64encode(b"x" * offset + SECRET.encode()).decode() for offset in range(4)),
    ],
)
def test_a_secret_is_hidden_in_each_form(written: str) -> None:
    shown = Redaction({SECRET}).hide(written)

    assert "[secret]" in shown
    for form in (SECRET, SECRET[::-1], SECRET.encode().hex(), quote(SECRET, safe="")):
        assert form[2:-2].lower() not in shown.lower()
    # Of a longer text in base64 no more is left than what stands around the secret.
    assert len(shown.replace("[secret]", "")) <= 24


def test_each_line_of_a_secret_is_one() -> None:
    shown = Redaction({f"first: {SECRET}\nsecond: another-{SECRET}\n"}).hide(f"it says first: {SECRET}!")

    assert shown == "it says [secret]!"


def test_short_texts_and_everything_else_stay() -> None:
    assert Redaction({"admin", "", SECRET}).hide("admin of the homelab") == "admin of the homelab"
    assert Redaction(()).hide("all of it") == "all of it"


def test_it_never_shows_what_it_knows() -> None:
    assert SECRET not in repr(Redaction({SECRET}))


def test_every_secret_text_of_a_state_is_found() -> None:
    def sealed(value: object) -> dict[str, str]:
        return {MARK: "1b47061264138c4ac30d75fd1eb44270", "plaintext": json.dumps(value)}

    encoded = base64.b64encode(b"decoded-too").decode()
    state = {"deployment": {"resources": [{"inputs": {"a": sealed("one"), "b": [sealed({"c": ["two", encoded, 3]})]}}]}}

    assert secrets_of_state(state) == {"one", "two", encoded, "decoded-too"}
