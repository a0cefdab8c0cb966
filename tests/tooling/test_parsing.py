"""Measuring branch coverage parses each imported module: the garbage collector and other threads cannot disturb it."""

from __future__ import annotations

import ast
import gc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.parsing import parse_undisturbed

LONG = "total = " + " + ".join(["value(each)[1]"] * 300)
Parse = Callable[[str], Any]


@pytest.fixture
def collected_often() -> Iterator[None]:
    before = gc.get_threshold()
    gc.set_threshold(50)
    yield
    gc.set_threshold(*before)


def deeper(parse: Parse, frames: int) -> Any:
    return deeper(parse, frames - 1) if frames else parse("number = 1")


def parsed_while_collecting(parse: Parse) -> Any:
    def collecting(phase: str, info: object) -> None:
        gc.callbacks.remove(collecting)
        try:
            deeper(parse, 30)
        finally:
            gc.callbacks.append(collecting)

    gc.callbacks.append(collecting)
    try:
        return parse(LONG)
    finally:
        gc.callbacks.remove(collecting)


@pytest.mark.usefixtures("collected_often")
def test_a_collection_that_parses_as_well_does_not_disturb_it() -> None:
    assert ast.dump(parsed_while_collecting(parse_undisturbed)) == ast.dump(parse_undisturbed(LONG))


@pytest.mark.usefixtures("collected_often")
def test_many_threads_get_whole_trees() -> None:
    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(lambda _: ast.dump(parse_undisturbed(LONG)), range(20)))

    assert found == {ast.dump(parse_undisturbed(LONG))}


def test_the_garbage_collector_is_on_again_after_a_syntax_error() -> None:
    with pytest.raises(SyntaxError):
        parse_undisturbed("(")

    assert gc.isenabled()
