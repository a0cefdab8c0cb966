"""Looking for secret values where nobody may see them."""

from __future__ import annotations

import base64
import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager

import psutil

from tests.homelab.deployment import Homelab


@contextmanager
def arguments_watched() -> Iterator[set[str]]:
    """The command lines of all processes that this one and its children start."""
    seen: set[str] = set()
    done = threading.Event()

    def watch() -> None:
        me = psutil.Process()
        while not done.wait(0.02):
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
    """A value as it may turn up: plain, line by line, and in base64 at each of the three alignments."""
    lines = {line for line in value.splitlines() if "canary" in line} or {value}
    encoded = {base64.b64encode(b" " * shift + value.encode()).decode()[4 * shift : -4] for shift in range(3)}
    return {form for form in lines | encoded if len(form) >= 10}


def places_of(homelab: Homelab, arguments: Collection[str]) -> dict[str, str]:
    """Where to look: everything that pulumi said, the arguments of all processes, and the whole state."""
    files = [file.read_bytes() for file in homelab.workspace.state.rglob("*") if file.is_file()]
    return {
        "output": "\n".join(homelab.said),
        "arguments": "\n".join(arguments),
        "state": "\n".join(content.decode(errors="replace") for content in files),
    }


def assert_nowhere(values: Collection[str], places: Mapping[str, str]) -> None:
    """None of the values stands in one of the places, in any of its forms."""
    for value in values:
        for form in forms(value):
            for place, text in places.items():
                # Not `form in text` in an assertion: a failure must not show the value either.
                shown = text.count(form)
                assert shown == 0, f"a secret value of {len(value)} characters stands {shown} times in the {place}"
