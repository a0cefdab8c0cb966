"""The certificates of an owner's CA: in `homelab:infisical` and in `homelab:store`."""

from __future__ import annotations

from typing import Any

import pytest

from declaration import CaProvider, Problem, parse_store
from tests.declaration.certificates import certificate, private_key
from tests.declaration.sites import INFISICAL, STORE, problems_of_infisical, problems_of_store

SOURCE = {"type": "ConfigMap", "namespace": "external-secrets", "name": "home-ca", "key": "ca.crt"}
HTTPS = {**STORE, "hostAPI": "https://infisical.example.net"}


def _wrong() -> dict[str, Any]:
    pem = certificate()
    return {
        "a private key": private_key(),
        "a private key after the certificate": pem + private_key(),
        "a path": "ca.pem",
        "half a certificate": pem[: len(pem) // 2],
        "no base64": "-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n",
        "other bytes": "-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n",
        "a list": [pem],
        "an empty string": "",
    }


@pytest.mark.parametrize("count", [1, 2])
def test_certificates_in_pem_form_are_accepted(count: int) -> None:
    bundle = "# the homelab\n" + certificate() * count

    assert problems_of_infisical({**INFISICAL, "caBundle": bundle}) == []
    assert problems_of_store({**HTTPS, "caBundle": bundle}) == []


@pytest.mark.parametrize("name", _wrong())
def test_anything_else_is_refused_and_not_shown(name: str) -> None:
    value = _wrong()[name]

    found = [*problems_of_infisical({**INFISICAL, "caBundle": value}), *problems_of_store({**HTTPS, "caBundle": value})]

    assert [problem.path for problem in found] == ["homelab:infisical.caBundle", "homelab:store.caBundle"]
    assert "MII" not in str(found)


def test_the_certificates_may_be_in_an_object_of_the_cluster() -> None:
    problems: list[Problem] = []

    store = parse_store("homelab:store", {**HTTPS, "caProvider": SOURCE}, problems)

    assert problems == []
    assert store.ca_provider == CaProvider("ConfigMap", "external-secrets", "home-ca", "ca.crt")


def test_two_sources_of_the_certificates_are_refused() -> None:
    (problem,) = problems_of_store({**HTTPS, "caProvider": SOURCE, "caBundle": certificate()})

    assert problem.path == "homelab:store.caProvider"


@pytest.mark.parametrize("field", ["caBundle", "caProvider"])
def test_certificates_of_an_http_address_are_refused(field: str) -> None:
    """They would have no effect."""
    (problem,) = problems_of_store({**STORE, field: certificate() if field == "caBundle" else SOURCE})

    assert problem.path == f"homelab:store.{field}"
    assert problem.found == "certificates, although hostAPI is an http address"


@pytest.mark.parametrize(("field", "changed"), [("url", {"url": "http://h"}), ("apiUrl", {"apiUrl": "http://h:30445"})])
def test_certificates_of_an_http_address_of_the_api_are_refused(field: str, changed: dict[str, str]) -> None:
    (problem,) = problems_of_infisical({**INFISICAL, **changed, "caBundle": certificate()})

    assert problem.found == f"certificates, although {field} is an http address"


@pytest.mark.parametrize("name", ["Infisical", "a.b", "x" * 41, "", 7])
def test_a_store_needs_the_name_of_an_object(name: object) -> None:
    (problem,) = problems_of_store({**STORE, "name": name})

    assert problem.path == "homelab:store.name"
