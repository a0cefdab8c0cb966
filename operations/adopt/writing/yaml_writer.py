"""
Adds to YAML files. No existing line changes, so comments, quotes and order stay as they are.

New text is YAML 1.1 as well as 1.2: Pulumi, the program and editors read it in the same way.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any, Final

import yaml

from operations.errors import OperationError
from tooling.yaml_text import quoting

_WIDTH: Final = 110
_LEAVES: Final = ("keys", "dataFrom")


_Dumper: Final = quoting(yaml.SafeDumper)


class _Flow(dict[str, Any]):
    """A mapping in one line."""


def _string(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


def _flow(dumper: yaml.SafeDumper, fields: _Flow) -> yaml.Node:
    return dumper.represent_mapping("tag:yaml.org,2002:map", fields.items(), flow_style=True)


_Dumper.add_representer(str, _string)
_Dumper.add_representer(_Flow, _flow)
_Dumper.ignore_aliases = lambda *_: True


def as_yaml(fields: Mapping[str, Any], indent: int = 0) -> str:
    """The fields of an app, or a mapping of apps, as this project writes them."""
    text = _dumped(_in_lines(fields))
    return textwrap.indent(text, " " * indent)


def with_entries(text: str, path: tuple[str, ...], new: Mapping[str, Any], *, spaced: bool = False) -> str:
    """
    Add entries to a mapping in a YAML text.

    :param path: the keys that lead to the mapping; the last one may be missing
    :param new: its new entries
    :param spaced: whether an empty line is before each entry
    :raises OperationError: the mapping is in one line
    """
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    if node is None:
        nested: Mapping[str, Any] = new
        for key in reversed(path):
            nested = {key: nested}
        return "".join(lines) + as_yaml(nested)
    for depth, key in enumerate(path):
        pair = _pair(node, key)
        if pair is None:
            return with_entries(text, path[:depth], {key: _nested(path[depth + 1 :], new)})
        node = pair[1]
    if isinstance(node, yaml.ScalarNode) and not node.value:
        at, indent = node.start_mark.line + 1, _indent(lines[node.start_mark.line]) + 2
    elif isinstance(node, yaml.MappingNode) and not node.value:
        line = node.start_mark.line
        lines[line] = lines[line][: node.start_mark.column].rstrip() + lines[line][node.end_mark.column :]
        at, indent = line + 1, _indent(lines[line]) + 2
    elif isinstance(node, yaml.MappingNode) and not node.flow_style:
        at, indent = _last_line(node, lines) + 1, node.value[0][0].start_mark.column
    else:
        what = f"{'.'.join(path)} cannot be extended"
        raise OperationError(what, found="a mapping in one line", expected="one entry in each line", fix="reformat it")
    parts = [as_yaml({name: value}, indent) for name, value in new.items()]
    return "".join([*lines[:at], *(f"{chr(10) * spaced}{part}" for part in parts), *lines[at:]])


def with_value(text: str, path: tuple[str, ...], value: Any) -> str:
    """
    Set one value of a mapping in a YAML text; add it if it is missing.

    :param path: the keys that lead to the value
    :raises OperationError: the value is missing in a mapping in one line, or is no scalar
    """
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    for key in path:
        pair = _pair(node, key) if node is not None else None
        if pair is None:
            return with_entries(text, path[:-1], {path[-1]: value})
        node = pair[1]
    if not isinstance(node, yaml.ScalarNode):
        what = f"{'.'.join(path)} cannot be changed"
        raise OperationError(what, found="no simple value", expected="a simple value", fix="write it by hand")
    written = _dumped({"": value}).partition(":")[2].strip()
    if not node.value and node.start_mark.index == node.end_mark.index:
        written = f" {written}"
    return f"{text[: node.start_mark.index]}{written}{text[node.end_mark.index :]}"


def _nested(path: tuple[str, ...], value: Mapping[str, Any]) -> Mapping[str, Any]:
    for key in reversed(path):
        value = {key: value}
    return value


def _pair(node: yaml.Node, key: str) -> tuple[yaml.Node, yaml.Node] | None:
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    return next((pair for pair in pairs if pair[0].value == key), None)


def _last_line(node: yaml.Node, lines: list[str]) -> int:
    if isinstance(node, yaml.MappingNode) and not node.flow_style and node.value:
        return _last_line(node.value[-1][1], lines)
    if isinstance(node, yaml.SequenceNode) and not node.flow_style and node.value:
        return _last_line(node.value[-1], lines)
    line = node.end_mark.line - (node.end_mark.column == 0 and node.end_mark.line > node.start_mark.line)
    line = min(int(line), len(lines) - 1)
    while line > node.start_mark.line and not lines[line].strip():
        line -= 1
    return line


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _in_lines(value: Any, within: str = "") -> Any:
    if not isinstance(value, Mapping):
        return value
    if within in _LEAVES:
        return {name: _leaf(name, fields) for name, fields in value.items()}
    return {name: _in_lines(fields, name) for name, fields in value.items()}


def _leaf(name: str, fields: Mapping[str, Any]) -> Mapping[str, Any]:
    flow = _Flow(fields)
    return flow if len(name) + len(_dumped(flow)) <= _WIDTH else dict(fields)


def _dumped(value: Any) -> str:
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10_000)
