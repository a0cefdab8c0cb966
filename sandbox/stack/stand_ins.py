"""
Stand-ins for the owner's stores and generators, which do not exist on this machine.

Each is an object of the whole cluster, because a namespace may be one that the program creates. A store becomes a
ClusterSecretStore of the operator's provider `fake`, and a generator a ClusterGenerator of kind `Fake`. Both hold
throw-away values, which stay the same as long as the declaration reads the same properties.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from declaration import AppSecret
from declaration.inventory.origins import GENERATORS, Origin, StoreKey
from sandbox.stack.value_forms import VALUES, value_for
from tooling.kubernetes.kubectl import Kubectl, Object
from tooling.stack.throw_away import throw_away_value

Config = dict[str, Any]

STORE, GENERATOR = "ClusterSecretStore", "ClusterGenerator"
_PLURALS: Final = {
    STORE: "clustersecretstores.external-secrets.io",
    GENERATOR: "clustergenerators.generators.external-secrets.io",
}
_EXTRACTED: Final = "value"
"""The property of a key that an app gets with every property: its real ones are not known here."""


@dataclass(frozen=True)
class StandIn:
    """
    One stand-in. `replaces` is the owner's object, such as `SecretStore web/kubernetes`. `values` are new throw-away
    values, by the key of the store or of the generator.
    """

    kind: str
    name: str
    replaces: str
    values: Mapping[str, str] = field(repr=False)

    def __str__(self) -> str:
        return f"{self.replaces}: replaced by {self.kind} {self.name}, with throw-away values"


def with_stand_ins(apps: Config, secrets: Iterable[AppSecret]) -> Config:
    """
    The inventory with each store and each generator replaced by its stand-in.

    :param apps: `homelab:apps` of the stack file
    :param secrets: the Secrets that it declares
    """
    changed = copy.deepcopy(apps)
    for secret in secrets:
        app = changed[secret.app]
        fields = app if secret.is_short else app["secrets"][secret.name]
        if secret.other_store:
            fields["store"] = {"kind": STORE, "name": _store_name(secret, secret.other_store.origin)}
        if secret.generator:
            keys = list(secret.generator.secret_keys)
            fields["generator"] = {"kind": GENERATOR, "name": _generator_name(secret), "secretKeys": keys}
    return changed


def stand_ins(secrets: Iterable[AppSecret]) -> tuple[StandIn, ...]:
    """What these Secrets need, in their order."""
    uses: dict[str, dict[str, list[StoreKey]]] = {}
    extracted: dict[str, set[str]] = {}
    replaces: dict[str, str] = {}
    generators = []
    for secret in secrets:
        if store := secret.other_store:
            name = _store_name(secret, store.origin)
            replaces[name] = f"{store.origin.kind} {store.origin.place(secret.namespace)}"
            of_store = uses.setdefault(name, {})
            for key in store.keys:
                of_store.setdefault(key.remote, []).append(key)
            for extract in store.extracts:
                of_store.setdefault(extract.path, [])
                extracted.setdefault(name, set()).add(extract.path)
        if generator := secret.generator:
            replaced = f"{generator.origin.kind} {generator.origin.place(secret.namespace)} of Secret {secret.place}"
            values = {key: throw_away_value(VALUES) for key in generator.secret_keys}
            generators.append(StandIn(GENERATOR, _generator_name(secret), replaced, values))
    stores = [
        StandIn(
            STORE,
            name,
            replaces[name],
            {
                remote: value_for(keys, _whole(keys) if remote in extracted.get(name, ()) else None)
                for remote, keys in of_store.items()
            },
        )
        for name, of_store in uses.items()
    ]
    return (*stores, *generators)


def ensure_stand_ins(kubectl: Kubectl, wanted: Sequence[StandIn]) -> None:
    """Create them, and update those whose keys or properties changed. A value whose form is the same stays."""
    for each in wanted:
        held = _held(kubectl.get(_PLURALS[each.kind], each.name))
        values = {
            key: held[key] if key in held and _form(held[key]) == _form(new) else new
            for key, new in each.values.items()
        }
        if values != held:
            kubectl.apply(_object(each.kind, each.name, values))


def _store_name(secret: AppSecret, origin: Origin) -> str:
    return origin.name if origin.kind == STORE else f"{secret.namespace}.{origin.name}"


def _generator_name(secret: AppSecret) -> str:
    """One for each Secret: a Fake generator provides all its keys."""
    return f"{secret.namespace}.{secret.name}"


def _whole(keys: Sequence[StoreKey]) -> dict[str, str]:
    """The properties of a key that an app gets with every property."""
    return {} if any(key.json_property for key in keys) else {_EXTRACTED: throw_away_value(VALUES)}


def _object(kind: str, name: str, values: Mapping[str, str]) -> Object:
    if kind == STORE:
        version = "external-secrets.io/v1"
        data = [{"key": key, "value": value} for key, value in values.items()]
        spec: dict[str, Any] = {"provider": {"fake": {"data": data}}}
    else:
        version = GENERATORS
        spec = {"kind": "Fake", "generator": {"fakeSpec": {"data": dict(values)}}}
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name}, "spec": spec}


def _held(found: Object | None) -> dict[str, str]:
    spec = (found or {}).get("spec", {})
    if "provider" in spec:
        return {each["key"]: each["value"] for each in spec["provider"].get("fake", {}).get("data", [])}
    return dict(spec.get("generator", {}).get("fakeSpec", {}).get("data", {}))


def _form(value: str) -> Any:
    """The names of its properties; None if it has none."""
    try:
        found = json.loads(value)
    except json.JSONDecodeError:
        return None
    return _names(found)


def _names(value: Any) -> Any:
    return {name: _names(part) for name, part in value.items()} if isinstance(value, dict) else None
