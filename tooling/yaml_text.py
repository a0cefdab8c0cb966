"""
Writes YAML that every reader understands alike.

Pulumi and Helm read more strings as numbers or dates than PyYAML does, such as `0123456789`, `1e3`, `0o17` and
`2026-1-2`. Such a string is quoted.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import yaml

_NUMBER: Final = re.compile(
    r"[-+]?(?:0[xX][0-9a-fA-F_]+|0[bBoO]?[0-9_]+|(?:\.[0-9_]+|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9_]+)?)$"
)
_DATE: Final = re.compile(r"\d+-\d\d?-\d\d?(?:[Tt ].*)?$")


def quoting(dumper: Any) -> Any:
    """A class like this dumper of PyYAML, which quotes such strings."""
    changed: Any = type("Quoting", (dumper,), {})
    changed.add_implicit_resolver("tag:yaml.org,2002:float", _NUMBER, list("-+.0123456789"))
    changed.add_implicit_resolver("tag:yaml.org,2002:timestamp", _DATE, list("0123456789"))
    return changed


# The C dumper is many times faster.
_DUMPER: Final = quoting(getattr(yaml, "CSafeDumper", yaml.SafeDumper))


def dump_yaml(content: Mapping[str, Any]) -> str:
    """The content as YAML in the order of its keys, each value in one line if it has one."""
    return str(yaml.dump(dict(content), Dumper=_DUMPER, sort_keys=False, allow_unicode=True, width=10_000))
