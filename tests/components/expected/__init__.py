"""Objects as the program has to register them, written out as data."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.components.answers import Secret


class _Loader(yaml.SafeLoader):
    """YAML with `!secret` before a value that has to be marked as one."""


def _secret(loader: yaml.SafeLoader, node: yaml.Node) -> Secret:
    if isinstance(node, yaml.MappingNode):
        return Secret(loader.construct_mapping(node, deep=True))
    assert isinstance(node, yaml.ScalarNode)
    return Secret(loader.construct_scalar(node))


_Loader.add_constructor("!secret", _secret)


@cache
def objects(name: str) -> dict[str, dict[str, Any]]:
    """The objects of one file, each by `Kind namespace/name`."""
    text = (Path(__file__).parent / f"{name}.yaml").read_text(encoding="utf-8")
    loaded: dict[str, dict[str, Any]] = yaml.load(text, _Loader)
    return loaded
