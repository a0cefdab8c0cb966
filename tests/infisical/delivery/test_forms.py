"""What a Secret must hold, for each form in which the operator delivers a value."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from infisical.api.folders import Location
from infisical.contents.expected import ExpectedSecret, Source
from infisical.contents.forms import Delivered, delivered
from infisical.delivery.report import NotDelivered
from infisical.whole_folder import WholeFolder
from tests.infisical.deliveries import KEYS, LITERALS, SEEDED, VALUES, delivery, program
from tests.infisical.fake_cluster import FakeOperator
from tests.infisical.programs import secret
from tests.infisical.stack import Stack

PLACE = Location("id", "prod", "/")
JSON = json.dumps({"user": "admin", "db": {"hosts": ["one", "two"]}, "port": 5432})


def _delivered(value: str | None, **form: Any) -> Delivered:
    source = Source(PLACE, "VALUE")
    expected = ExpectedSecret("web", "web-secret", "web-secret", {"key": source}, **form)
    return delivered(expected, {source: value})


@pytest.mark.parametrize(
    ("path", "part"), [("user", b"admin"), ("db.hosts.1", b"two")], ids=["property", "entry of a list"]
)
def test_a_part_of_a_json_value_is_delivered(path: str, part: bytes) -> None:
    assert _delivered(JSON, properties={"key": path}).values == {"key": part}


@pytest.mark.parametrize(
    ("value", "path", "reason"),
    [
        ("canary-text", "user", "is not JSON"),
        (JSON, "password", "has no property password"),
        (JSON, "db.hosts.2", "has no property db.hosts.2"),
        (JSON, "user.name", "has no property user.name"),
        (JSON, "port", "is not a string, and the operator delivers it empty"),
    ],
)
def test_a_part_that_does_not_exist_is_named_without_the_value(value: str, path: str, reason: str) -> None:
    found = _delivered(value, properties={"key": path}).unfit["key"]

    assert reason in found
    assert "canary" not in found


@pytest.mark.parametrize(
    ("decoding", "value", "decoded"),
    [
        ("Base64", base64.b64encode(b"\xff\x00").decode(), b"\xff\x00"),
        ("Base64", "aGVs\nbG8=\n", b"hello"),
        ("Base64URL", base64.urlsafe_b64encode(b"\xfb\xff").decode(), b"\xfb\xff"),
        ("Auto", "aGVsbG8=", b"hello"),
        ("Auto", "no base64!", b"no base64!"),
    ],
)
def test_a_value_is_decoded_as_the_operator_does(decoding: str, value: str, decoded: bytes) -> None:
    found = _delivered(value, decodings={"key": decoding})

    assert (found.values, found.unfit) == ({"key": decoded}, {})


@pytest.mark.parametrize(("decoding", "value"), [("Base64", "-_-_"), ("Base64URL", "+/+/"), ("Base64", "canary")])
def test_a_value_that_cannot_be_decoded_is_named_without_it(decoding: str, value: str) -> None:
    found = _delivered(value, decodings={"key": decoding}).unfit["key"]

    assert found.startswith(f"the value of VALUE (/ in prod) is not {decoding}")
    assert "canary" not in found


def test_all_keys_of_a_folder_are_delivered_next_to_the_named_ones() -> None:
    source = Source(PLACE, "VALUE")
    folders = {PLACE: WholeFolder("/", exclude="^C")}
    expected = ExpectedSecret(
        "web", "web", "web", {"A": source}, templates={"t": "{{ .A }}{{ .B }}"}, whole_folders=folders
    )

    found = delivered(expected, {source: "named"}, {PLACE: {"A": "of the folder", "B": "b", "C": "c"}})

    assert found.values == {"A": b"named", "B": b"b", "t": b"namedb"}


def test_a_folder_without_a_key_that_fits_is_named() -> None:
    expected = ExpectedSecret("web", "web", "web", {}, whole_folders={PLACE: WholeFolder("/", include="^A")})

    assert delivered(expected, {}, {PLACE: {"B": "b"}}).unfit == {
        "dataFrom./": "no key of / in prod in Infisical matches. Fix: add one there, or correct `include` and `exclude`"
    }


def test_a_template_is_rendered_with_the_values() -> None:
    found = _delivered("a b", templates={"url": "https://{{ .key | urlquery }}", "raw": "{{ .key | sha1sum }}"})

    assert found.values == {"key": b"a b", "url": b"https://a+b"}
    assert found.opaque == {"raw"}


def test_a_template_is_not_rendered_while_a_value_is_missing() -> None:
    found = _delivered(None, templates={"url": "https://{{ .key }}"})

    assert found.values == {"key": None}
    assert found.opaque == set()


URL = {"url": 'https://{{ index . "admin-password" }}@{{ .oauth_client_token | b64enc }}'}
RENDERED = f"https://{VALUES['PASSWORD']}@{base64.b64encode(VALUES['TOKEN'].encode()).decode()}"


async def test_a_composed_value_is_compared(operator: FakeOperator, stack: Stack) -> None:
    operator.values["url"] = RENDERED
    await stack.up(program(templates=URL))
    assert (stack.outputs("delivery")["delivered"], stack.outputs("delivery")["count"]) == (True, 4)

    operator.values["url"] = f"{RENDERED}?"
    operator.sync()
    with pytest.raises(NotDelivered, match="url: the Secret's value differs from the result of its template") as raised:
        await stack.up(program(templates=URL, timeoutSeconds=5.0))
    assert not [value for value in VALUES.values() if value in str(raised.value)]


async def test_a_composed_value_that_cannot_be_rendered_here_must_be_in_the_secret(
    operator: FakeOperator, stack: Stack
) -> None:
    template = {"conf": "{{ if .oauth_client_token }}a{{ end }}"}
    with pytest.raises(NotDelivered, match="conf: missing in the Secret"):
        await stack.up(program(templates=template, timeoutSeconds=5.0))

    operator.values["conf"] = ""
    operator.sync()
    with pytest.raises(NotDelivered, match="conf: empty in the Secret, although a template composes it"):
        await stack.up(program(templates=template, timeoutSeconds=5.0))

    operator.values["conf"] = "a"
    await stack.up(program(templates=template))
    assert stack.outputs("delivery")["delivered"]


async def test_a_key_that_only_templates_read_need_not_be_in_the_secret(operator: FakeOperator, stack: Stack) -> None:
    operator.values = {"url": RENDERED, "admin-password": VALUES["PASSWORD"], **LITERALS}

    await stack.up(program(templates=URL, hiddenKeys=["oauth_client_token"]))

    assert (stack.outputs("delivery")["delivered"], stack.outputs("delivery")["count"]) == (True, 3)


async def test_two_secrets_of_one_name_are_named_by_their_addresses(operator: FakeOperator, stack: Stack) -> None:
    operator.fails = True
    keys = {**KEYS, "one": "/WEBHOOK", "two": "/more/WEBHOOK"}

    await stack.up([*SEEDED, secret("WEBHOOK", "x"), delivery(keys=keys, optionalKeys=["/WEBHOOK", "/more/WEBHOOK"])])

    assert stack.outputs("delivery")["missing"] == ["/more/WEBHOOK"]
