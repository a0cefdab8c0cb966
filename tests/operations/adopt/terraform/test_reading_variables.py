"""`terraform.tfvars` is read as Terraform reads it, and no error shows a value."""

from __future__ import annotations

from pathlib import Path

import pytest

from operations.adopt.terraform.hcl import Expression, read_variables
from operations.errors import OperationError

KEY = "-----BEGIN KEY-----\nab\n-----END KEY-----\n"


def read(folder: Path, text: str, name: str = "terraform.tfvars") -> dict[str, object]:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return read_variables(file)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ('"abc"', "abc"),
        (r'"a\"b\\c\n\té"', 'a"b\\c\n\té'),
        ('"$${a} %%{b} $c"', "${a} %{b} $c"),
        ("<<EOT\na\n  b\nEOT", "a\n  b\n"),
        ("<<-EOT\n    a\\n\n      b\n    EOT", "a\\n\n  b\n"),
        (f"<<-EOT\n{KEY}EOT", KEY),
        ('"<<-EOT"', "<<-EOT"),
        ("3", 3),
        ("true", True),
        ("null", None),
        ('["a", "b"]', ["a", "b"]),
        ('{ a = "b" }', {"a": "b"}),
        ('"${var.a}"', Expression()),
        ('file("key")', Expression()),
    ],
)
def test_a_value_is_what_terraform_reads(tmp_path: Path, written: str, value: object) -> None:
    assert read(tmp_path, f"# a comment\nname = {written}\n")["name"] == value


def test_a_file_of_windows_is_read(tmp_path: Path) -> None:
    assert read(tmp_path, '\ufeffa = <<EOT\r\nx\r\nEOT\r\nb = "y"\r\n') == {"a": "x\n", "b": "y"}


def test_json_is_read(tmp_path: Path) -> None:
    assert read(tmp_path, '{"a": "x"}', "terraform.tfvars.json") == {"a": "x"}


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("terraform.tfvars", 'a = "x"\nb = "canary\nc = 1\n', 2),
        ("terraform.tfvars", "a = = canary // canary\n", 1),
        ("terraform.tfvars.json", '{"a": "canary",\n}', 2),
    ],
)
def test_an_error_names_the_line_and_shows_no_value(tmp_path: Path, name: str, text: str, line: int) -> None:
    with pytest.raises(OperationError, match=f"line {line}") as raised:
        read(tmp_path, text, name)

    assert "canary" not in str(raised.value)
    assert raised.value.__suppress_context__


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OperationError, match="FileNotFoundError"):
        read_variables(tmp_path / "terraform.tfvars")
