"""GuardedSecret: refuses the first write of a Secret that exists with other values."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from typing import Any

from infisical import rules
from infisical.api.errors import Blocked
from infisical.handlers.base.fields import Change, Field
from infisical.handlers.base.handler import Applied, Found, Handler, Operation
from infisical.ownership.managers import is_managed_by
from infisical.properties import Properties, is_known


class GuardedSecret(Handler):
    name = "GuardedSecret"
    no_import = "it is a check"
    doc = (
        "Guards a Secret that the program writes. Creating it fails if the Secret exists with other values, so that a "
        "new or lost state overwrites no value. It changes nothing."
    )
    needs_server = False
    fields = (
        Field(
            name="namespace",
            type="string",
            required=True,
            change=Change.REPLACE,
            rule=rules.not_empty,
            doc="the Secret's namespace",
        ),
        Field(
            name="name",
            type="string",
            required=True,
            change=Change.REPLACE,
            rule=rules.not_empty,
            doc="the Secret's name",
        ),
        Field(
            name="values",
            type="mapping",
            required=True,
            secret=True,
            change=Change.NOTHING,
            doc="the values that the program will write, by key",
        ),
        Field(name="remedy", type="string", required=True, change=Change.NOTHING, doc="how to keep the values in use"),
        Field(
            name="manager",
            type="string",
            change=Change.NOTHING,
            doc="the field manager of the program; a Secret that it wrote may be overwritten",
        ),
    )
    outputs = {}  # noqa: RUF012

    async def precheck(self, operation: Operation, old: Properties, new: Properties) -> None:
        """:raises Blocked: the Secret exists with other values"""
        if old:
            return
        namespace, name = new.string("namespace"), new.string("name")
        found = await operation.cluster.connection.get(f"/api/v1/namespaces/{namespace}/secrets/{name}")
        if found is None:
            return
        manager = new.string("manager")
        if manager and is_managed_by(found["metadata"], manager):
            return
        values = new.get("values")
        if keys := sorted(_differing(found.get("data") or {}, values if isinstance(values, dict) else {})):
            message = (
                f"Secret {namespace}/{name} exists, and the state of this stack lacks its values: {', '.join(keys)}. "
                f"Nothing was written to it. To keep the values in use, {new.string('remedy')}; then run `pulumi up`."
            )
            raise Blocked(message)

    async def ensure(self, operation: Operation, inputs: Properties, state: Properties) -> Applied:
        await self.precheck(operation, state, inputs)
        return Applied(f"{inputs.string('namespace')}/{inputs.string('name')}", {})

    async def read(self, operation: Operation, resource_id: str, state: Properties, inputs: Properties) -> Found | None:
        return Found(resource_id, {}, dict(inputs))

    async def lost(self, operation: Operation, resource_id: str, state: Properties) -> str | None:
        return None

    async def delete(self, operation: Operation, resource_id: str, state: Properties) -> None:
        """Nothing to delete."""


def _differing(held: Mapping[str, str], values: Mapping[str, Any]) -> Iterator[str]:
    """The keys whose value in use is not the one to write. A value that is not known yet is a new one."""
    for key, value in values.items():
        if key in held and not (is_known(value) and _means(key, base64.b64decode(held[key]), str(value))):
            yield key


def _means(key: str, held: bytes, value: str) -> bool:
    """Whether the value in use is the same. YAML is compared by its content: others write quotes differently."""
    if held == value.encode():
        return True
    if not key.endswith(".yaml"):
        return False
    # Each start of the provider would import it.
    import yaml

    try:
        return bool(yaml.safe_load(held) == yaml.safe_load(value))
    except (yaml.YAMLError, UnicodeDecodeError):
        return False
