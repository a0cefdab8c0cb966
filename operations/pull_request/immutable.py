"""Finds the resources that hold or deliver an immutable key and that an update would affect."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from declaration.objects import INFISICAL_NAMESPACE, INFISICAL_SECRETS
from operations.pull_request.keys import ENCRYPTION_KEY
from operations.pull_request.preview import Preview, Step

HOLDERS: Final = ("random:index/randomPassword:RandomPassword", "pulumi:index:Stash")
"""The types of resources that hold a value in the state."""

_ENCRYPTION_KEY_RESOURCE: Final = "infisical-encryption-key"
_SECRET: Final = "kubernetes:core/v1:Secret"
_OBJECT: Final = (INFISICAL_NAMESPACE, INFISICAL_SECRETS)
_SEED: Final = "infisical:index:Secret"
_SETS: Final = ("value", "trigger")
"""The fields of a seed whose change sets its value in Infisical."""

_EXTERNAL_SECRET: Final = ":ExternalSecret"
_SECRET_OF_THE_CHART: Final = ".kubeSecretRef"


def touched_resources(preview: Preview, keys: Collection[str]) -> Iterator[tuple[str, str]]:
    """
    Yield the name of each affected key, and a description of what would happen to it.

    :param keys: the names of the inventory's immutable keys
    """
    is_there = any(_writes_the_key(step) and step.action != "create" for step in preview.steps)
    for step in preview.steps:
        key = _key_of(step, keys)
        if key:
            for what in _touches(step):
                yield key, what
        elif is_there and _writes_the_key(step) and step.action != "same":
            yield ENCRYPTION_KEY, f"{_named(step)} would also write the Secret {'/'.join(_OBJECT)}"
        yield from _delivery_changes(step, keys)


def _key_of(step: Step, keys: Collection[str]) -> str | None:
    if step.type in HOLDERS and step.name == _ENCRYPTION_KEY_RESOURCE:
        return ENCRYPTION_KEY
    # A resource is named after its key, with a folder for each app as `app/KEY`.
    if step.type in HOLDERS and (name := step.name.rpartition("/")[2]) in keys:
        return name
    return ENCRYPTION_KEY if (step.type, step.name) == (_SECRET, INFISICAL_SECRETS) else None


def _touches(step: Step) -> Iterator[str]:
    what = _named(step)
    if step.action in ("delete", "replace"):
        refused = ", which Pulumi refuses because it is protected" if step.was_protected else ""
        yield f"{what} would be {step.action}d{refused}"
    elif step.was_protected and not step.is_protected:
        yield f"{what} would no longer be protected"
    if step.type == _SECRET and any(change.path.endswith(f"data.{ENCRYPTION_KEY}") for change in step.fields):
        yield f"{what} would get a different {ENCRYPTION_KEY}"


def _writes_the_key(step: Step) -> bool:
    """Return whether the object is the Secret that Infisical starts with. The resource may have any name."""
    metadata = step.inputs.get("metadata")
    named = (metadata.get("namespace"), metadata.get("name")) if isinstance(metadata, dict) else None
    return step.type in (_SECRET, f"{_SECRET}Patch") and named == _OBJECT


def _delivery_changes(step: Step, keys: Collection[str]) -> Iterator[tuple[str, str]]:
    """Changes that keep the key where it is, but give its readers a different value."""
    paths = {change.path for change in step.fields}
    key = step.name.rpartition("/")[2]
    if step.type == _SEED and key in keys and paths & set(_SETS):
        yield key, f"{_named(step)} would get a different value"
    if any(path.endswith(_SECRET_OF_THE_CHART) for path in paths):
        yield ENCRYPTION_KEY, f"{_named(step)} would read it from a different Secret"
    if step.type.endswith(_EXTERNAL_SECRET) and step.action in ("update", "replace"):
        now = _read(step.inputs)
        for secret_key, remote in _read(step.before).items():
            key = remote.rpartition("/")[2]
            if key in keys and now.get(secret_key) != remote:
                yield key, f"{_named(step)} would no longer read {secret_key} from it"


def _read(inputs: Mapping[str, Any]) -> dict[str, str]:
    """Return the remote keys that an ExternalSecret reads, by key of the app's Secret."""
    spec = inputs.get("spec")
    data = spec.get("data") if isinstance(spec, dict) else None
    entries = [entry for entry in data if isinstance(entry, dict)] if isinstance(data, list) else []
    return {str(entry.get("secretKey")): str((entry.get("remoteRef") or {}).get("key")) for entry in entries}


def _named(step: Step) -> str:
    return f"{step.type.rpartition(':')[2]} {step.name}"
