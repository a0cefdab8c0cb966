"""A CA of an owner, as PEM."""

from __future__ import annotations

import functools

import trustme


@functools.cache
def authority() -> trustme.CA:
    return trustme.CA(organization_unit_name="homelab")


def certificate() -> str:
    return authority().cert_pem.bytes().decode()


def private_key() -> str:
    return authority().private_key_pem.bytes().decode()
