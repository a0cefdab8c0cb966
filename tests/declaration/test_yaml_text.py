"""YAML is read strictly: a key that occurs twice is an error at every level, and no value is shown."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from declaration import Problem
from declaration.yaml_text import load_yaml

FILE = "Pulumi.homelab.yaml"


def _load(text: str) -> tuple[Any, list[Problem]]:
    problems: list[Problem] = []
    return load_yaml(FILE, text, problems), problems


@pytest.mark.parametrize(
    ("text", "path", "lines"),
    [
        ("config: {}\nencryptionsalt: x\nconfig: {}\n", "config", (1, 3)),
        ("config:\n  homelab:apps: {}\n  homelab:store: {}\n  homelab:apps: {}\n", "config.homelab:apps", (2, 4)),
        ("config:\n  a:\n    web:\n      ns: x\n      ns: y\n", "config.a.web.ns", (4, 5)),
        ("config:\n  a: [{}, {b: 1,\n    b: 2}]\n", "config.a[1].b", (2, 3)),
        ("config: {a: 1, a: 2}\n", "config.a", (1, 1)),
        ("config:\n  a: 1\n  'a': 2\n", "config.a", (2, 3)),
    ],
    ids=["document", "config key", "deep", "in a list", "one line", "quoted"],
)
def test_a_repeated_key_is_a_problem_with_both_lines(text: str, path: str, lines: tuple[int, int]) -> None:
    _, (problem,) = _load(text)

    key = path.rpartition(".")[2]
    assert problem.path == f"{FILE}: {path}"
    assert problem.found == f"the key {key!r} in line {lines[0]} and again in line {lines[1]}"
    assert problem.fix == f"remove or rename the key in line {lines[0]} or line {lines[1]}"


def test_every_repeated_key_is_reported() -> None:
    _, problems = _load("config:\n  web: {a: 1, a: 2}\n  web: {b: 1, b: 2}\n  web: {}\n")

    assert [problem.path.rpartition(": ")[2] for problem in problems] == [
        "config.web.a",
        "config.web",
        "config.web.b",
        "config.web",
    ]


@pytest.mark.parametrize(
    "text",
    ["a: &x {b: 1}\nc: *x\n", "a: &x {b: 1}\nc: {<<: *x, b: 2}\n", "a: {b: 1}\nc: {b: 1}\n", "", "7\n"],
    ids=["alias", "merge", "different mappings", "empty", "scalar"],
)
def test_a_key_in_different_mappings_is_not_repeated(text: str) -> None:
    loaded, problems = _load(text)

    assert problems == []
    assert loaded == yaml.safe_load(text)


def test_invalid_yaml_is_a_problem_with_its_line_and_without_its_text() -> None:
    _, (problem,) = _load("config:\n  homelab:x: [canary-of-a-secret\n")

    assert (problem.path, problem.found) == (FILE, "invalid YAML at line 3")
    assert "canary" not in str(problem)


DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@settings(max_examples=100)
@given(DOCUMENTS)
def test_a_document_without_repeated_keys_is_read_as_yaml_reads_it(document: Any) -> None:
    text = yaml.safe_dump(document)

    assert _load(text) == (yaml.safe_load(text), [])
