"""What was exported is read again as it was, in every form."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from declaration import Problem
from infisical.rules import stored_form
from operations.values.formats.files import FORMATS, read_values, written
from tests.operations.values.lab import Lab, results

NAMES = st.from_regex(r"([a-z]{1,5}/)?[A-Za-z_][A-Za-z0-9_.-]{0,8}", fullmatch=True)
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
    st.text("'\"\\\n\r\t #=$`{}:abn\x85\u2028\ufeff", min_size=1),
)
AWKWARD = {
    "QUOTES": 'it\'s a "quote"',
    "BACKSLASH": "ends with \\",
    "BOTH": "'\\'\n\\",
    "LINES": "-----BEGIN X-----\nabc\n-----END X-----\n",
    "CARRIAGE": "a\r\nb",
    "COMMENT": "a # b",
    "NUMBER": "0123",
    "BOOLEAN": "yes",
    "JSON": '{"a": [1, "ä"]}',
    "ODD": "a\x85b\u2028c\ufeffd\x00e",
}


@pytest.mark.parametrize("form", FORMATS)
@settings(max_examples=50)
@given(values=st.dictionaries(NAMES, TEXTS.map(stored_form)))
@example(values=AWKWARD)
def test_every_value_is_read_as_it_was_written(form: str, values: dict[str, str]) -> None:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "values"
        file.write_bytes(written(values, form).encode())
        problems: list[Problem] = []

        found = {each.name: each.value for each in read_values(file, form, problems)}

    assert problems == []
    assert found == values


@pytest.mark.parametrize("form", FORMATS)
def test_the_import_of_an_export_says_that_all_is_equal(form: str, served: Lab) -> None:
    keys = {name: {"source": "config"} for name in [*AWKWARD, "REFERENCE"]}
    served.declare({"web": {"namespace": "web", "keys": keys}})
    served.set({**AWKWARD, "REFERENCE": "x-${QUOTES}"})
    file = served.folder / f"values.{form}"

    assert served.run("export-values", "--to", file, "--format", form).code == 0
    again = served.run_json("import-values", file, "--format", form, "--to", "infisical")

    assert set(results(again).values()) == {"equal"}
    assert (again["code"], len(again["values"])) == (0, len(keys))
