"""`openclaw-provider`: JSON on stdin, JSON on stdout, several ids in one request."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from infisical.api.http.server import single_attempts
from tests.operations.values.lab import Lab, Ran

REQUEST = '{ "protocolVersion": 1, "provider": "infisical", "ids": ["WEB_TOKEN", "WEB_KEY"] }'


def ask(lab: Lab, request: object, *arguments: str) -> Ran:
    text = request if isinstance(request, str) else json.dumps(request)
    lab.patch.setattr("sys.stdin", io.StringIO(text))
    return lab.run("openclaw-provider", *arguments)


def answer(lab: Lab, *ids: str, arguments: tuple[str, ...] = ()) -> dict[str, Any]:
    ran = ask(lab, {"protocolVersion": 1, "provider": "infisical", "ids": ids}, *arguments)
    assert (ran.code, ran.err) == (0, "")
    found: dict[str, Any] = json.loads(ran.out)
    return found


def test_several_values_in_one_answer(served: Lab) -> None:
    served.set({"WEB_TOKEN": "one", "WEB_KEY": 'line\n"two"\\ ü\n'})

    ran = ask(served, REQUEST)

    assert json.loads(ran.out) == {"protocolVersion": 1, "values": {"WEB_TOKEN": "one", "WEB_KEY": 'line\n"two"\\ ü\n'}}
    assert (ran.code, ran.err) == (0, "")


def test_a_missing_value_is_an_error_next_to_the_values(served: Lab) -> None:
    served.set({"WEB_TOKEN": "one", "WEB_LOGIN": ""})

    assert answer(served, "WEB_TOKEN", "WEB_KEY", "WEB_LOGIN", "NOT_DECLARED") == {
        "protocolVersion": 1,
        "values": {"WEB_TOKEN": "one"},
        "errors": {
            "WEB_KEY": {"message": "no value in Infisical at /WEB_KEY"},
            "WEB_LOGIN": {"message": "no value in Infisical at /WEB_LOGIN"},
            "NOT_DECLARED": {"message": "Pulumi.homelab.yaml declares no such key"},
        },
    }


def test_only_keys_of_the_app_if_one_is_named(served: Lab) -> None:
    served.set({"WEB_TOKEN": "one", "MAIL_PASSWORD": "two"})

    found = answer(served, "WEB_TOKEN", "MAIL_PASSWORD", arguments=("--app", "web"))

    assert found["values"] == {"WEB_TOKEN": "one"}
    assert found["errors"] == {"MAIL_PASSWORD": {"message": "Pulumi.homelab.yaml declares no such key for web"}}


def test_an_id_may_be_an_address(served: Lab) -> None:
    keys = {"TOKEN": {"source": "manual"}}
    served.declare({name: {"namespace": name, "keys": keys} for name in ("a", "b")}, store={"folderPerApp": True})
    served.set({"TOKEN": "of b"}, "/b")

    found = answer(served, "b/TOKEN", "TOKEN")

    assert found["values"] == {"b/TOKEN": "of b"}
    assert found["errors"]["TOKEN"]["message"] == "several folders hold this name; use one of a/TOKEN, b/TOKEN"


def test_references_are_expanded(served: Lab) -> None:
    served.set({"WEB_KEY": "inner", "WEB_TOKEN": "x-${WEB_KEY}"})

    assert answer(served, "WEB_TOKEN")["values"] == {"WEB_TOKEN": "x-inner"}


def test_no_id_needs_no_login(lab: Lab) -> None:
    assert answer(lab) == {"protocolVersion": 1, "values": {}}
    assert lab.pulumi.arguments == []


def test_an_infisical_that_does_not_answer_is_an_error_of_each_id(lab: Lab) -> None:
    lab.pulumi.provider = {"url": lab.url, "token": "canary-token"}

    with single_attempts():
        found = answer(lab, "WEB_TOKEN", "WEB_KEY")

    assert found["values"] == {}
    assert found["errors"].keys() == {"WEB_TOKEN", "WEB_KEY"}
    assert "connection failed" in found["errors"]["WEB_KEY"]["message"]
    assert "canary" not in json.dumps(found)


def test_a_declaration_with_errors_is_an_error_of_each_id(lab: Lab) -> None:
    lab.declare({"web": {"namespace": "web", "keys": {}}})

    assert "Pulumi.homelab.yaml has 1 error" in answer(lab, "A")["errors"]["A"]["message"]


@pytest.mark.parametrize(
    "request_",
    [
        "",
        "no JSON",
        "[]",
        '{"ids": ["A"]}',
        '{"protocolVersion": 2, "ids": ["A"]}',
        '{"protocolVersion": true, "ids": ["A"]}',
        '{"protocolVersion": 1}',
        '{"protocolVersion": 1, "ids": "A"}',
        '{"protocolVersion": 1, "ids": [1]}',
    ],
)
def test_a_request_of_another_form_has_no_answer(request_: str, lab: Lab) -> None:
    ran = ask(lab, request_)

    assert (ran.code, ran.out) == (2, "")
    assert "The request on stdin cannot be answered" in ran.err
