"""What `import-values` reads: dotenv, JSON, YAML, and the exports of Infisical and Doppler."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from declaration import Problem
from operations.errors import OperationError
from operations.values.formats.files import read_values, shown


def read(folder: Path, name: str, text: str, form: str | None = None) -> tuple[dict[str, str], list[Problem]]:
    file = folder / name
    file.write_bytes(text.encode())
    problems: list[Problem] = []
    return {given.name: given.value for given in read_values(file, form, problems)}, problems


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("A=plain", "plain"),
        ("A=sk-ant-x==", "sk-ant-x=="),
        ("A=postgresql://u:p@h:5432/db?x=1&y=2", "postgresql://u:p@h:5432/db?x=1&y=2"),
        ("export A=plain", "plain"),
        ("  A  =  spaces around  ", "spaces around"),
        ("A=plain # a comment", "plain"),
        ("A=has#sign", "has#sign"),
        ("A='in quotes # no comment'", "in quotes # no comment"),
        ('A="in quotes" # a comment', "in quotes"),
        ("A='literal $HOME \\n'", "literal $HOME \\n"),
        ('A="line\\nline"', "line\nline"),
        ('A="a \\"quote\\" and a \\\\"', 'a "quote" and a \\'),
        ("A='first\nsecond\n'", "first\nsecond\n"),
        ("# comment\n\nA=plain\n", "plain"),
        ("\ufeffA=plain\r\n", "plain"),
        ("A=", ""),
        ('A={"json": 1}', '{"json": 1}'),
        ("A=ünï", "ünï"),
    ],
)
def test_a_line_of_a_dotenv_file(line: str, value: str, tmp_path: Path) -> None:
    assert read(tmp_path, ".env", line) == ({"A": value}, [])


@pytest.mark.parametrize(
    ("text", "where", "found"),
    [
        ("A='it's'", ".env: line 1", "a line that cannot be read"),
        ("A=1\n\nB='open", ".env: line 3", "a line that cannot be read"),
        ("A=1\nB", ".env: line 2", "a line that cannot be read"),
        ("A=1\nab+c=", ".env: line 2", "a line that cannot be read"),
        ("A=1\nA=2", ".env: A (line 2)", "a second, different value: the first is in line 1"),
        ("A='C:\\\\x'", ".env: A (line 1)", "a backslash that tools read in different ways"),
        ('A="C:\\bin"', ".env: A (line 1)", "a backslash that tools read in different ways"),
        ('A="cost \\$5"', ".env: A (line 1)", "a backslash that tools read in different ways"),
    ],
)
def test_a_line_without_one_meaning_is_refused(text: str, where: str, found: str, tmp_path: Path) -> None:
    _, problems = read(tmp_path, ".env", text)

    assert [(each.path, each.found) for each in problems] == [(where, found)]


def test_the_same_value_twice_counts_once(tmp_path: Path) -> None:
    assert read(tmp_path, ".env", "A=1\nB=2\nA=1\n") == ({"A": "1", "B": "2"}, [])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("export.env", "A='one'\nB='line\nline\n'\n"),
        ("dotenv-export", "export A='one'\nexport B='line\nline\n'\n"),
        ("export.json", '[{"key":"A","value":"one","type":"shared"},{"key":"B","value":"line\\nline\\n","_id":"1"}]'),
        ("export.yaml", "A: one\nB: |\n  line\n  line\n"),
        (
            "api.json",
            '{"secrets": [{"secretKey": "A", "secretValue": "one"}, '
            '{"secretKey": "B", "secretValue": "line\\nline\\n", "secretValueHidden": false}]}',
        ),
        ("without-suffix", '[{"key":"A","value":"one"},{"key":"B","value":"line\\nline\\n"}]'),
    ],
)
def test_an_export_of_infisical(name: str, text: str, tmp_path: Path) -> None:
    assert read(tmp_path, name, text) == ({"A": "one", "B": "line\nline\n"}, [])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("doppler.json", '{"A": "one", "B": "line\\nline\\n", "DOPPLER_PROJECT": "web"}'),
        ("doppler.env", 'A="one"\nB="line\\nline\\n"\nDOPPLER_PROJECT="web"\n'),
        ("doppler.yaml", 'A: one\nB: "line\\nline\\n"\nDOPPLER_PROJECT: web\n'),
    ],
)
def test_a_download_of_doppler(name: str, text: str, tmp_path: Path) -> None:
    assert read(tmp_path, name, text) == ({"A": "one", "B": "line\nline\n", "DOPPLER_PROJECT": "web"}, [])


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("a.json", '{"A": 8080}', "a number"),
        ("a.json", '{"A": null}', "missing"),
        ("a.json", '{"A": {"B": "c"}}', "a mapping"),
        ("a.json", '{"A": "1", "A": "2"}', "the name more than once"),
        ("a.json", '{"A": "1",\n', "invalid JSON at line 2"),
        ("a.json", '"text"', "a string"),
        ("a.json", '{"A": "\\ud800"}', "half of a surrogate pair"),
        ("a.json", '[{"name": "A"}]', "a mapping"),
        ("a.json", '[{"key": "A", "value": "x", "type": "personal"}]', "a personal value"),
        ("a.json", '[{"secretKey": "A", "secretValue": "x", "secretValueHidden": true}]', "a hidden value"),
        ("a.yaml", "A: 8080", "a number"),
        ("a.yaml", "A: yes", "boolean true"),
        ("a.yaml", "A: 2026-01-01", "a date"),
        ("a.yaml", "A: ]", "invalid YAML at line 1"),
        ("a.yaml", "A: '1'\nA: '2'", "the key 'A' in line 1 and again in line 2"),
        ("a.yaml", "", "missing"),
        ("a.yaml", "1: x", "a name that is a number"),
    ],
)
def test_what_is_no_string_is_refused(name: str, text: str, found: str, tmp_path: Path) -> None:
    _, problems = read(tmp_path, name, text)

    assert found in [each.found for each in problems]


def test_the_form_can_be_named(tmp_path: Path) -> None:
    assert read(tmp_path, "values.txt", "A: one", "yaml") == ({"A": "one"}, [])


def test_a_list_may_hold_one_name_in_two_folders(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text('[{"key":"A","value":"1","secretPath":"/x"},{"key":"A","value":"2","secretPath":"/y"}]')

    problems: list[Problem] = []

    assert [(each.folder, each.value) for each in read_values(file, None, problems)] == [("/x", "1"), ("/y", "2")]
    assert problems == []


def test_stdin_is_a_file_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b'[{"key": "A", "value": "one"}]')))
    problems: list[Problem] = []

    assert [each.value for each in read_values(Path("-"), None, problems)] == ["one"]
    assert shown(Path("-")) == "stdin"


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_that_cannot_be_read(content: bytes | None, tmp_path: Path) -> None:
    file = tmp_path / "a.env"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(OperationError, match=r"a\.env cannot be read"):
        read_values(file, None, [])
