"""Throw-away values in the form that apps expect: with the properties that they read, and encoded."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from typing import Any

from declaration import SecretKey
from declaration.inventory import Decoding
from declaration.inventory.origins import StoreKey
from tooling.stack.throw_away import throw_away_value

VALUES = "homelab:values"


def value_for(uses: Iterable[SecretKey | StoreKey], parts: dict[str, Any] | None = None) -> str:
    """
    A value with each property that the apps read, in the encoding that they expect.

    :param parts: properties that it has in any case
    """
    found: dict[str, Any] = {**(parts or {}), "": throw_away_value(VALUES)}
    for use in uses:
        *path, last = use.json_property.split(".")
        part = found
        for name in path:
            part = part.setdefault(name, {})
        part[last] = _encoded(throw_away_value(VALUES), use.decoding)
    whole: str = found.pop("")
    return json.dumps(found) if found else whole


def _encoded(value: str, decoding: Decoding) -> str:
    match decoding:
        case "Base64":
            return base64.b64encode(value.encode()).decode()
        case "Base64URL":
            return base64.urlsafe_b64encode(value.encode()).decode()
        case _:
            return value
