"""The certificates of the owner's CA: for the machine that runs Pulumi, and for the operator's store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypedDict

from declaration.kubernetes_names import data_key, label_name, subdomain_name
from declaration.section import Section
from infisical import rules

EXAMPLE: Final = "-----BEGIN CERTIFICATE-----…"


@dataclass(frozen=True)
class CaProvider:
    """The Secret or ConfigMap that holds the certificates of the operator's store."""

    kind: str
    namespace: str
    name: str
    key: str


class Certificates(TypedDict):
    ca_bundle: str
    ca_provider: CaProvider | None


def parse_certificates(section: Section) -> Certificates:
    """Read `caBundle` and `caProvider` of `homelab:store`."""
    bundle, provider = "", None
    section.skip("caBundle", "caProvider")
    if "caBundle" in section.fields:
        bundle = _bundle(section)
    if "caProvider" in section.fields:
        fields = section.mapping("caProvider", "{type: ConfigMap, namespace: …, name: home-ca, key: ca.crt}")
        provider = CaProvider(
            kind=fields.choice("type", ("ConfigMap", "Secret")),
            namespace=fields.string("namespace", check=label_name, example="external-secrets"),
            name=fields.string("name", check=subdomain_name, example="home-ca"),
            key=fields.string("key", check=data_key, example="ca.crt"),
        )
        fields.close()
    if bundle and provider:
        section.problem("caProvider", "a second source, next to `caBundle`", "one of the two", "remove one of the two")
    address = section.fields.get("hostAPI")
    if isinstance(address, str) and address.startswith("http:"):
        for field in ("caBundle", "caProvider"):
            if field in section.fields:
                _unused(section, field, "hostAPI")
    return {"ca_bundle": bundle, "ca_provider": provider}


def parse_ca_bundle(section: Section) -> str:
    """Read `caBundle` of `homelab:infisical`; empty if it is absent."""
    if "caBundle" not in section.fields:
        section.skip("caBundle")
        return ""
    bundle = _bundle(section)
    addresses = [section.fields.get(name) for name in ("apiUrl", "url")]
    used = next((address for address in addresses if isinstance(address, str)), "")
    if used.startswith("http:"):
        _unused(section, "caBundle", "apiUrl" if addresses[0] else "url")
    return bundle


def _bundle(section: Section) -> str:
    bundle = section.string("caBundle", example=EXAMPLE)
    if expected := rules.certificates(bundle) if bundle else None:
        # Never the text: an owner may have copied the private key.
        found = "a private key" if "PRIVATE KEY" in bundle else "a string that is not certificates in PEM form"
        section.problem(
            "caBundle", found, expected, f"run `pulumi config set --path '{section.at('caBundle')}' < ca.pem`"
        )
    return bundle


def _unused(section: Section, field: str, address: str) -> None:
    section.problem(
        field,
        f"certificates, although {address} is an http address",
        f"certificates only with an https address in {address}",
        f"remove `{field}`, or write an https address in `{address}`",
    )
