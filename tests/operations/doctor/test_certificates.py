"""The certificate of Infisical's address: read also if it is expired or not trusted."""

from __future__ import annotations

import datetime

import trustme

from infisical.api.http.server import Server
from operations.doctor.reading.certificate import expiry
from operations.doctor.reading.infisical import read_public
from tests.operations.doctor.tls_server import serving

YESTERDAY = datetime.datetime.now(datetime.UTC).replace(microsecond=0) - datetime.timedelta(days=1)


def bundle(ca: trustme.CA) -> str:
    return ca.cert_pem.bytes().decode()


async def test_an_expired_certificate_is_reported_with_its_date() -> None:
    ca = trustme.CA()
    with serving(ca, YESTERDAY) as url:
        server = Server(url, ca_bundle=bundle(ca))
        found = await read_public(server)
        await server.close()

    assert found.certificate.expires == YESTERDAY
    assert "expired" in found.certificate.refused
    assert found.silent == ""


async def test_a_certificate_of_an_unknown_ca_is_reported_with_the_reason() -> None:
    with serving(trustme.CA(), YESTERDAY + datetime.timedelta(days=5)) as url:
        server = Server(url, ca_bundle=bundle(trustme.CA()))
        found = await read_public(server)
        await server.close()

    assert "unable to get local issuer certificate" in found.certificate.refused


async def test_without_tls_there_is_no_certificate() -> None:
    assert await expiry("http://127.0.0.1:1") is None


async def test_an_address_that_does_not_answer_has_no_certificate() -> None:
    assert await expiry("https://127.0.0.1:1") is None
