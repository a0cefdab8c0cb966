"""Whether Infisical answers this machine, with a valid certificate, and is set up."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from declaration.objects import INFISICAL_NAMESPACE
from operations.doctor.findings import Finding, Outcome
from operations.doctor.steps.scope import Scope

TAILNET: Final = ".ts.net"
"""The end of the names in a Tailscale network."""

SOON_DAYS: Final = 14
"""A certificate that expires within this time is reported."""

_RENEW: Final = "renew it; behind `tailscale serve`, `tailscale cert` shows why it was not renewed"


def check_infisical(scope: Scope) -> Outcome:
    expires = scope.infisical.certificate.expires
    valid = f", certificate valid until {expires:%Y-%m-%d}" if expires else ""
    return Outcome.of(_findings(scope), f"{scope.infisical.url}{valid}")


def _findings(scope: Scope) -> Iterator[Finding]:
    infisical, now = scope.infisical, scope.facts.now
    where, expires = (infisical.url,), infisical.certificate.expires
    if expires and expires <= now:
        yield Finding(
            "certificate-expired",
            "Infisical's certificate has expired",
            _RENEW,
            where,
            f"expired on {expires:%Y-%m-%d %H:%M} UTC",
            "a valid certificate",
        )
        return
    trust = "set `caBundle` in homelab:infisical to the certificate of the CA that issued it, or correct the address"
    if not scope.is_managed:
        trust = "make this machine trust the CA that issued it, or correct the address"
    if infisical.certificate.refused:
        yield Finding(
            "certificate-untrusted",
            "Infisical's certificate is not trusted",
            trust,
            where,
            infisical.certificate.refused,
            "a certificate that this machine trusts",
        )
        return
    if infisical.silent:
        yield Finding(
            "infisical-silent",
            "Infisical does not answer this machine",
            _start(scope),
            where,
            infisical.silent,
            "an answer to `GET /api/status`",
        )
        return
    if expires and expires - now < datetime.timedelta(days=SOON_DAYS):
        yield Finding(
            "certificate-expires",
            "Infisical's certificate expires soon",
            _RENEW,
            where,
            f"valid until {expires:%Y-%m-%d}",
            f"more than {SOON_DAYS} days",
            warning=True,
        )
    if infisical.initialized is False:
        fix = "run `pulumi up`, which creates the administrator" if scope.is_managed else f"open {infisical.url}"
        yield Finding("not-initialized", "Infisical has no administrator yet", fix, where)


def _start(scope: Scope) -> str:
    installed, url = scope.homelab.infisical, urlsplit(scope.infisical.url)
    if not installed.is_installed:
        return f"start it, or correct the address in homelab:infisical; `curl -sS {scope.infisical.url}/api/status`"
    shown = f"`kubectl -n {INFISICAL_NAMESPACE} get pods,services,endpoints`"
    if (url.hostname or "").endswith(TAILNET):
        serve = f"`tailscale serve --bg --https {url.port or 443} http://localhost:{installed.node_port}`"
        return f"{shown}; if its pods are ready, run {serve} on the cluster's machine"
    return f"{shown}; check the port forward or VPN to it"
