"""
The schemas of the Python providers, for `pulumi import`: it loads the schema after the import, to generate code.

A schema names the resource types of the homelab and their inputs, without the inputs' types. The engine keeps it in its
home. tooling/stack/plugins.py removes it there, when the official provider takes the place of a Python one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
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
