"""Messages of other programs may quote a value: no text and no JSON shows it."""

from __future__ import annotations

import json

import pytest

from operations.doctor.report import as_json
from tests.operations.doctor.synthetic import Lab, external_secret, not_ready, pod, waiting

SECRET = "authentik/authentik-secret"


def shown(lab: Lab) -> str:
    return lab.text() + json.dumps(as_json(lab.results()))


@pytest.mark.parametrize("value", ["canary-postgres-password", "canary-client-secret", "0123456789abcdef" * 2])
def test_a_pod_that_says_a_password(value: str) -> None:
    lab = Lab()
    lab.observe(infisical_pods=[pod("infisical-0", **waiting("CrashLoopBackOff", last=f"cannot use {value} here"))])

    assert "cannot use [hidden] here" in shown(lab)
    assert value not in shown(lab)


def test_an_event_of_the_operator_that_says_a_value_of_infisical() -> None:
    lab = Lab()
    value = lab.values["AUTHENTIK_SECRET_KEY"]
    failed = {SECRET: external_secret(SECRET, status="False", message=f"cannot parse {value}")}
    event = f"2026-11-30T11:00:00Z UpdateFailed: {value} is no JSON"
    lab.observe(external_secrets={**external_secrets(lab), **failed}, warnings={("ExternalSecret", SECRET): (event,)})

    assert "UpdateFailed: [hidden] is no JSON" in shown(lab)
    assert value not in shown(lab)


def test_a_store_that_says_the_login() -> None:
    lab = Lab()
    stores = lab.cluster.stores
    assert isinstance(stores, dict)
    lab.observe(stores={"infisical": not_ready(stores["infisical"], "refused canary-client-secret")})

    assert "refused [hidden]" in shown(lab)


def test_names_of_the_declaration_are_shown_even_if_a_value_equals_them() -> None:
    lab = Lab()
    lab.values |= {"AUTHENTIK_BOOTSTRAP_TOKEN": "authentik", "GEMINI_API_KEY": "infisical"}
    lab.observe(external_secrets={})

    assert f"ExternalSecret {SECRET}" in lab.text()
    assert "infisical/infisical-secrets" in lab.text()


def external_secrets(lab: Lab) -> dict[str, object]:
    found = lab.cluster.external_secrets
    assert isinstance(found, dict)
    return dict(found)
