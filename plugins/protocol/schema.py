"""
The schemas of the Python providers, for `pulumi import`: it loads the schema after the import, to generate code.

A schema names the resource types of the homelab and their inputs, without the inputs' types. The engine keeps it in its
home. tooling/stack/plugins.py removes it there, when the official provider takes the place of a Python one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

ANY: Final = {"$ref": "pulumi.json#/Any"}


def schema_of(package: str, version: str, resources: Mapping[str, Sequence[str]]) -> str:
    """
    Return a schema as JSON.

    :param resources: the inputs of each resource type
    """
    described = {}
    for token, names in resources.items():
        fields = dict.fromkeys(names, ANY)
        described[token] = {"inputProperties": fields, "properties": fields}
    return json.dumps({"name": package, "version": version, "resources": described})


def describe_type(
    package: str, version: str, resources: Mapping[str, Sequence[str]], token: str, inputs: Sequence[str]
) -> None:
    """
    Add a type to the schema that the engine keeps, next to the types that were added before.

    The engine loads the schema in a new process of the provider, which does not know what this one has read. It asks
    only if it keeps none.
    """
    home = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
    file = home / "schemas" / f"{package}-{version}.json"
    known = dict(resources)
    with suppress(OSError, ValueError):
        kept = json.loads(file.read_bytes())["resources"]
        known |= {name: [*kept[name]["inputProperties"]] for name in kept}
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    draft.write_text(schema_of(package, version, {**known, token: inputs}), encoding="utf-8")
    draft.replace(file)
