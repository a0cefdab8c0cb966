"""Universal auth: how an identity logs in with a client id and a client secret."""

from __future__ import annotations

import ipaddress
import json

from sandbox.infisical.errors import bad_request, not_found
from sandbox.infisical.records.identities import identity_by_id
from sandbox.infisical.server.fields import Fields
from sandbox.infisical.server.routing import Call, Json, Route
from sandbox.infisical.storage.database import Row, new_id

SUBJECT = "identity"
ANYWHERE = [{"ipAddress": "0.0.0.0/0"}, {"ipAddress": "::/0"}]
THIRTY_DAYS = 2_592_000
NUMBERS = {
    "accessTokenTTL": THIRTY_DAYS,
    "accessTokenMaxTTL": THIRTY_DAYS,
    "accessTokenNumUsesLimit": 0,
    "accessTokenPeriod": 0,
    "lockoutThreshold": 3,
    "lockoutDurationSeconds": 300,
    "lockoutCounterResetSeconds": 30,
}
HIGHEST_LOCKOUT_THRESHOLD = 30
IP_LISTS = {"clientSecretTrustedIps": "service token", "accessTokenTrustedIps": "access token"}
DEFAULTS: Json = NUMBERS | dict.fromkeys(IP_LISTS, ANYWHERE) | {"lockoutEnabled": True}


def attach(call: Call) -> Json:
    configuration = _configuration(call.fields(), DEFAULTS)
    identity = identity_by_id(call, call.parameters["identity"])
    call.require_org_admin("create", SUBJECT)
    if call.database.one("SELECT id FROM universal_auths WHERE identity_id = ?", identity["id"]):
        raise bad_request("Failed to add universal auth to already configured identity")
    stamp = call.stamp()
    row = {"id": new_id(), "identity_id": identity["id"], "client_id": new_id()}
    kept = {"configuration": json.dumps(_with_parsed_ips(call, configuration)), "created": stamp, "updated": stamp}
    return _answer(call.database.insert("universal_auths", row | kept))


def get(call: Call) -> Json:
    call.require_org_admin("read", SUBJECT)
    return _answer(universal_auth_of(call))


def update(call: Call) -> Json:
    row = universal_auth_of(call)
    before = json.loads(row["configuration"])
    after = _configuration(call.fields(), before)
    call.require_org_admin("edit", SUBJECT)
    changes = {"configuration": json.dumps(_with_parsed_ips(call, after)), "updated": call.stamp()}
    call.database.update("universal_auths", row["id"], changes)
    return _answer(row | changes)


def detach(call: Call) -> Json:
    call.require_org_admin("edit", SUBJECT)
    row = universal_auth_of(call)
    call.database.run("DELETE FROM universal_auths WHERE id = ?", row["id"])
    return _answer(row)


def clear_lockouts(call: Call) -> Json:
    call.require_org_admin("edit", SUBJECT)
    row, now = universal_auth_of(call), call.state.clock.now()
    live = call.database.run("DELETE FROM lockouts WHERE client_id = ? AND expires > ?", row["client_id"], now)
    return {"deleted": live}


def universal_auth_of(call: Call) -> Row:
    """
    The universal auth of the identity that the route names.

    :raises ApiError: the identity does not exist, or has no universal auth
    """
    identity = identity_by_id(call, call.parameters["identity"])
    row = call.database.one("SELECT * FROM universal_auths WHERE identity_id = ?", identity["id"])
    if row is None:
        message = f"Failed to find universal auth for identity with ID {identity['id']}"
        raise not_found(message)
    return row


def _configuration(fields: Fields, base: Json) -> Json:
    configuration: Json = {name: fields.number(name, base[name]) for name in NUMBERS}
    configuration["lockoutEnabled"] = fields.flag("lockoutEnabled", base["lockoutEnabled"])
    for name in IP_LISTS:
        given = [{"ipAddress": each.text("ipAddress")} for each in fields.objects(name)] if fields.has(name) else None
        configuration[name] = base[name] if given is None else given
    fields.at_most("lockoutThreshold", HIGHEST_LOCKOUT_THRESHOLD)
    if 0 < configuration["accessTokenMaxTTL"] < configuration["accessTokenTTL"]:
        fields.issue("Access Token TTL cannot be greater than Access Token Max TTL.")
    fields.check()
    return configuration


def _with_parsed_ips(call: Call, configuration: Json) -> Json:
    allowed = call.database.one("SELECT name FROM plan_features WHERE name = 'ip_allowlisting'")
    for name, whose in IP_LISTS.items():
        given = [each for each in configuration[name] if "type" not in each]
        if not allowed and any(each not in ANYWHERE for each in given):
            message = (
                f"Failed to add IP access range to {whose} due to plan restriction. Upgrade plan to add IP access "
            )
            raise bad_request(message + "range.")
    return configuration | {name: [_parsed_ip(each) for each in configuration[name]] for name in IP_LISTS}


def _parsed_ip(entry: Json) -> Json:
    if "type" in entry:
        return entry
    address, slash, prefix = entry["ipAddress"].partition("/")
    try:
        network = ipaddress.ip_network(entry["ipAddress"], strict=False)
    except ValueError as error:
        raise bad_request("The IP is not a valid IPv4, IPv6, or CIDR block") from error
    shown = {"type": f"ipv{network.version}", "ipAddress": address}
    return shown | {"prefix": int(prefix)} if slash else shown


def _answer(row: Row) -> Json:
    shown = {
        "id": row["id"],
        "clientId": row["client_id"],
        "createdAt": row["created"],
        "updatedAt": row["updated"],
        "identityId": row["identity_id"],
    }
    return {"identityUniversalAuth": shown | json.loads(row["configuration"])}


BASE = "/api/v1/auth/universal-auth/identities/{identity}"

ROUTES = (
    Route("POST", BASE, attach),
    Route("GET", BASE, get),
    Route("PATCH", BASE, update),
    Route("DELETE", BASE, detach),
    Route("POST", f"{BASE}/clear-lockouts", clear_lockouts),
)
