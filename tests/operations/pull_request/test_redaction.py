"""Known secrets are removed from a text, in every form in which a program may write them."""

from __future__ import annotations

import base64
import json
import secrets
from urllib.parse import quote

import pytest

from operations.pull_request.report.redaction import Redaction, secrets_of_state

SECRET = "p@ss/word+" + secrets.token_hex(12)
MARK = "4dabf18193072939515e22adb298388d"


WRITTEN = {
    "as it is": SECRET,
    "in capitals": SECRET.upper(),
    "reversed": SECRET[::-1],
    "in hex": SECRET.encode().hex(),
    "in a URL": quote(SECRET, safe=""),
    "in JSON": json.dumps({"key": SECRET}),
    "twice": f"before {SECRET} and {SECRET} after",
} | {
    f"in {name}, {offset} bytes in": encode(b"x" * offset + SECRET.encode() + tail).decode()
    for name, encode, tail in (("base64", base64.b64encode, b"tail"), ("base64 of URLs", base64.urlsafe_b64encode, b""))
    for offset in range(4)
}


@pytest.mark.parametrize("form", WRITTEN)
def test_a_secret_is_hidden_in_each_form(form: str) -> None:
    shown = Redaction({SECRET}).hide(WRITTEN[form])

    assert "[secret]" in shown
    for written in (SECRET, SECRET[::-1], SECRET.encode().hex(), quote(SECRET, safe="")):
        assert written[2:-2].lower() not in shown.lower()
    # In the base64 of a longer text, only the text around the secret is left.
    assert len(shown.replace("[secret]", "")) <= 24


def test_each_line_of_a_secret_is_hidden() -> None:
    shown = Redaction({f"first: {SECRET}\nsecond: another-{SECRET}\n"}).hide(f"it says first: {SECRET}!")

    assert shown == "it says [secret]!"


def test_short_secrets_and_other_text_are_not_hidden() -> None:
    assert Redaction({"admin", "", SECRET}).hide("admin of the homelab") == "admin of the homelab"
    assert Redaction(()).hide("all of it") == "all of it"


def test_its_repr_shows_no_secret() -> None:
    assert SECRET not in repr(Redaction({SECRET}))


def test_every_secret_string_of_a_state_is_found() -> None:
    def sealed(value: object) -> dict[str, str]:
        return {MARK: "1b47061264138c4ac30d75fd1eb44270", "plaintext": json.dumps(value)}

    encoded = base64.b64encode(b"decoded-too").decode()
    state = {"deployment": {"resources": [{"inputs": {"a": sealed("one"), "b": [sealed({"c": ["two", encoded, 3]})]}}]}}

    assert secrets_of_state(state) == {"one", "two", encoded, "decoded-too"}
