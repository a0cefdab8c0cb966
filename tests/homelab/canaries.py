"""Searches outputs, process arguments and the state for secret values."""

from __future__ import annotations

import base64
import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager

import psutil

from tests.homelab.deployment import Homelab


@contextmanager
def arguments_watched() -> Iterator[set[str]]:
    """Collect the command lines of all processes that this process and its children start."""
    seen: set[str] = set()
    done = threading.Event()

    def watch() -> None:
        me = psutil.Process()
        while not done.wait(0.1):
            for process in me.children(recursive=True):
                try:
                    seen.add(" ".join(process.cmdline()))
                except (psutil.NoSuchProcess, psutil.ZombieProcess):
                    continue

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        done.set()
        thread.join()


def forms(value: str) -> set[str]:
    """The forms of a value: plain, line by line, and in base64 at each of the three alignments."""
    lines = {line for line in value.splitlines() if "canary" in line} or {value}
    encoded = {base64.b64encode(b" " * shift + value.encode()).decode()[4 * shift : -4] for shift in range(3)}
    return {form for form in lines | encoded if len(form) >= 10}


def places_of(homelab: Homelab, arguments: Collection[str]) -> dict[str, str]:
    """The texts to search: all output of pulumi, the arguments of all processes, and the whole state."""
    files = [file.read_bytes() for file in homelab.workspace.state.rglob("*") if file.is_file()]
    return {
        "output": "\n".join(homelab.said),
        "arguments": "\n".join(arguments),
        "state": "\n".join(content.decode(errors="replace") for content in files),
    }


def assert_nowhere(values: Collection[str], places: Mapping[str, str]) -> None:
    """Assert that no text contains a value, in any form."""
    for value in values:
        for form in forms(value):
            for place, text in places.items():
                # Not `form in text` in an assertion: a failure must not show the value either.
                shown = text.count(form)
                assert shown == 0, f"a secret value of {len(value)} characters is in the {place}, {shown} times"
