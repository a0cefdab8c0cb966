"""Compares what Secrets get from other stores and generators, in two declarations."""

from __future__ import annotations

from operations.pull_request.declared import Declared
from operations.pull_request.keys import KeyChange


def changes_elsewhere(base: Declared, head: Declared) -> list[KeyChange]:
    """The keys of Secrets whose values do not come from Infisical. Neither declaration may have problems."""
    old, new = _keys(base), _keys(head)
    return [
        KeyChange(name, app, _change(old.get((name, app)), new.get((name, app))), touches_immutable=False)
        for name, app in sorted(old.keys() | new.keys())
        if old.get((name, app)) != new.get((name, app))
    ]


def _change(old: str | None, new: str | None) -> str:
    if old is None:
        return f"added: {new}"
    return f"removed, was {old}" if new is None else f"{old} → {new}"


def _keys(declared: Declared) -> dict[tuple[str, str], str]:
    """By `Secret namespace/name: key` and app, where the value comes from."""
    assert declared.homelab
    found: dict[tuple[str, str], str] = {}
    for secret in (secret for app in declared.homelab.apps for secret in app.delivered_secrets):
        if secret.other_store:
            store = f"the {secret.other_store.origin}"
            remote = {key: "/".join(filter(None, (key.remote, key.json_property))) for key in secret.store_keys}
            read = {name: remote[each] for each in secret.store_keys for name in each.fields}
            read |= {f"dataFrom.{each.path}": each.path for each in secret.extracts}
            for name, place in read.items():
                found[f"{name} of Secret {secret.place}", secret.app] = f"from {place} of {store}"
        if secret.generator:
            for name in secret.generator.secret_keys:
                found[f"{name} of Secret {secret.place}", secret.app] = f"from {secret.generator.origin}, a generator"
    return found
