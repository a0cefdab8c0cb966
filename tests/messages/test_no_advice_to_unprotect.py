"""No message advises to remove the protection of a value: without it, the next update deletes the value."""

from __future__ import annotations

from pathlib import Path

import pytest

BOOKS = sorted((Path(__file__).parent / "expected").glob("*.txt"))


@pytest.mark.parametrize("book", BOOKS, ids=lambda book: book.stem)
def test_no_message_advises_to_unprotect(book: Path) -> None:
    text = book.read_text(encoding="utf-8")

    assert "unprotect" not in text
    assert "`protect`" not in text
