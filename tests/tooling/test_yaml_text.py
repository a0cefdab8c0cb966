"""YAML that this project writes means the same to PyYAML and to Pulumi, which reads more strings as numbers."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tooling.yaml_text import dump_yaml

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.dates().map(str),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    "text",
    [
        "0123456789",
        "089",
        "1e3",
        "123e456",
        "-1e3",
        "1E+5",
        ".5e1",
        "0o17",
        "0b1",
        "0x_1",
        "1_0",
        "5.",
        "2026-1-2",
        "9-1-2",
    ],
)
def test_a_string_that_pulumi_reads_as_a_number_or_a_date_is_quoted(text: str) -> None:
    assert dump_yaml({"key": text}) == f"key: '{text}'\n"


@pytest.mark.parametrize("text", ["1.7.2", "5m", "1h30m", "2026-11", "v1", "10.0.0.0/8", "a1e3", "e3", "0xg", "12e"])
def test_another_string_is_not_quoted(text: str) -> None:
    assert dump_yaml({"key": text}) == f"key: {text}\n"


@pytest.mark.parametrize("value", [10, -3, 1.5, 1e300, True, None])
def test_a_value_that_is_no_string_is_not_quoted(value: Any) -> None:
    assert "'" not in dump_yaml({"key": value})


@given(st.dictionaries(st.text(max_size=5), VALUES, max_size=4))
def test_what_is_written_is_read_again(content: dict[str, Any]) -> None:
    assert yaml.safe_load(dump_yaml(content)) == content
