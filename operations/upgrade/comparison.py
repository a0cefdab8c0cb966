"""What differs between two versions of the chart, for one declaration."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from operations.upgrade.charts import Chart, Values
from tooling.yaml_text import dump_yaml


@dataclass(frozen=True)
class Default:
    """A default value that differs. `before` or `after` is None if that version has no such value."""

    path: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Comparison:
    """
    :param gone: the values that the program sets and that only the old version knows
    :param majors: charts that are installed and have a new major version, each with both versions
    :param images: only the old version's, and only the new version's
    :param objects: by object, its differences as the lines of a diff
    """

    before: Chart
    after: Chart
    gone: tuple[str, ...]
    majors: tuple[tuple[str, str, str], ...]
    defaults: tuple[Default, ...]
    images: tuple[tuple[str, ...], tuple[str, ...]]
    objects: Mapping[str, tuple[str, ...]]


def compared(before: Chart, after: Chart, values: Values) -> Comparison:
    """:param values: those that the program sets"""
    old, new = dict(_leaves(before.defaults)), dict(_leaves(after.defaults))
    gone = [path for path, _ in _leaves(values) if _knows(before.defaults, path) and not _knows(after.defaults, path)]
    differing = [path for path in sorted({*old, *new}) if old.get(path) != new.get(path)]
    images = frozenset(_images(before.objects)), frozenset(_images(after.objects))
    return Comparison(
        before=before,
        after=after,
        gone=tuple(gone),
        majors=tuple(_majors(before, after, values)),
        defaults=tuple(Default(path, old.get(path), new.get(path)) for path in differing),
        images=(tuple(sorted(images[0] - images[1])), tuple(sorted(images[1] - images[0]))),
        objects=dict(_objects(before, after)),
    )


def _majors(before: Chart, after: Chart, values: Values) -> Iterator[tuple[str, str, str]]:
    versions = {"the chart": (before.version, after.version)}
    # An external or separate database is switched off in the chart.
    installed = [name for name in before.dependencies if values.get(name, {}).get("enabled") is not False]
    versions |= {name: (before.dependencies[name], after.dependencies.get(name, "")) for name in installed}
    for name, (old, new) in versions.items():
        if new and old.partition(".")[0] != new.partition(".")[0]:
            yield name, old, new


def _leaves(values: Values, within: str = "") -> Iterator[tuple[str, str]]:
    """The path of each value, and the value as text."""
    for name, value in values.items():
        path = f"{within}.{name}" if within else str(name)
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, path)
        else:
            yield path, dump_yaml({"": value}).partition(":")[2].strip()


def _knows(defaults: Any, path: str) -> bool:
    """Whether a value, or a mapping that its user fills, is at this path."""
    for part in path.split("."):
        if defaults == {}:
            return True
        if not isinstance(defaults, Mapping) or part not in defaults:
            return False
        defaults = defaults[part]
    return True


def _images(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        if isinstance(value.get("image"), str):
            yield value["image"]
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from _images(each)


def _objects(before: Chart, after: Chart) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name in sorted({*before.objects, *after.objects}):
        old, new = (
            dump_yaml(chart.objects[name]).splitlines() if name in chart.objects else [] for chart in (before, after)
        )
        # The first two lines of a diff are file names.
        if lines := tuple(difflib.unified_diff(old, new, n=2, lineterm=""))[2:]:
            yield name, lines
