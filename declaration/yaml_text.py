"""Reads YAML strictly: a key that occurs twice in one mapping is an error, as it is for Pulumi itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import yaml

from declaration.problems import Problem, shown

# The C loader is many times faster.
_Loader: Final[type[yaml.SafeLoader]] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load_yaml(name: str, text: str, problems: list[Problem], lines: dict[str, int] | None = None) -> Any:
    """
    Read one YAML document.

    :param name: the file's name, for messages. They show no value: one may be a secret in the wrong place
    :param problems: receives every problem; use the result only if none is added
    :param lines: receives the line of each field and list entry, by its path
    """
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        repeated = list(_repeated_keys(node, "", set()))
        if lines is not None:
            lines.update(_lines(node, "", set()))
        problems.extend(
            Problem(
                f"{name}: {path}",
                f"the key {shown(key)} in line {first} and again in line {again}",
                "each key once",
                f"remove or rename the key in line {first} or line {again}",
            )
            for path, key, first, again in repeated
        )
        return None if repeated else loader.construct_document(node)
    except yaml.YAMLError as error:
        # The rest of the error shows the line itself.
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark else ""
        if "single document" in (getattr(error, "context", None) or ""):
            problems.append(Problem(name, f"a second YAML document{where}", "one document", "move it to its own file"))
            return None
        problems.append(Problem(name, f"invalid YAML{where}", "YAML", "correct that line"))
        return None
    finally:
        loader.dispose()


def _lines(node: yaml.Node, path: str, seen: set[int]) -> Iterator[tuple[str, int]]:
    """Yield the path and the line of each field and list entry."""
    if id(node) in seen:
        return
    # An alias is the same node.
    seen.add(id(node))
    entries: list[tuple[str, yaml.Node, yaml.Node]] = []
    if isinstance(node, yaml.SequenceNode):
        entries = [(f"{path}[{index}]", item, item) for index, item in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        entries = [(f"{path}.{key.value}" if path else str(key.value), key, value) for key, value in node.value]
    for entry, at, value in entries:
        yield entry, int(at.start_mark.line) + 1
        yield from _lines(value, entry, seen)


def _repeated_keys(node: yaml.Node, path: str, seen: set[int]) -> Iterator[tuple[str, str, int, int]]:
    """Yield the path and the name of each repeated key, and the lines of its first and of its repeated occurrence."""
    if id(node) in seen:
        return
    # An alias is the same node.
    seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _repeated_keys(item, f"{path}[{index}]", seen)
    if isinstance(node, yaml.MappingNode):
        lines: dict[tuple[str, str], int] = {}
        for key, value in node.value:
            name = str(key.value) if isinstance(key, yaml.ScalarNode) else ""
            inner = f"{path}.{name}" if path else name
            if isinstance(key, yaml.ScalarNode):
                line = int(key.start_mark.line) + 1
                if (key.tag, name) in lines:
                    yield inner, name, lines[key.tag, name], line
                lines.setdefault((key.tag, name), line)
            yield from _repeated_keys(value, inner, seen)
