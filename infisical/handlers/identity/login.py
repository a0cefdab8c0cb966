"""How the identity logs in: universal auth, with the declared token rules."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection

from infisical.api.identities import Identity
from infisical.api.universal_auth import (
    TokenRules,
    UniversalAuth,
    attach_universal_auth,
    get_universal_auth,
    update_universal_auth,
)
from infisical.handlers.base.handler import Operation
from infisical.properties import Properties


def declared_rules(inputs: Properties) -> TokenRules:
    """
    The token rules that the inputs declare.

    Lockout is off: a client secret has 256 random bits, so guessing is hopeless. With lockout, a wrong client secret in
    the cluster would lock out the right one that replaces it, and so could anyone who knows the client ID.
    """
    return TokenRules(
        ttl=int(inputs.number("accessTokenTtl")),
        max_ttl=int(inputs.number("accessTokenMaxTtl")),
        trusted_ips=tuple(inputs.strings("trustedIps")),
        lockout=False,
    )


async def ensure_login(operation: Operation, identity: Identity, rules: TokenRules) -> UniversalAuth:
    """The identity's universal auth, attached or changed if needed."""
    found = await get_universal_auth(operation.session, identity.id)
    if found is None:
        return await attach_universal_auth(operation.session, identity.id, rules)
    if same_rules(found.rules, rules):
        return found
    return await update_universal_auth(operation.session, identity.id, rules)


def same_rules(one: TokenRules, other: TokenRules) -> bool:
    """Whether two token rules mean the same: networks have several forms."""
    plain = (one.ttl, one.max_ttl, one.lockout) == (other.ttl, other.max_ttl, other.lockout)
    return plain and networks(one.trusted_ips) == networks(other.trusted_ips)


def networks(texts: Collection[str]) -> set[object]:
    return {ipaddress.ip_network(text, strict=False) for text in texts}
