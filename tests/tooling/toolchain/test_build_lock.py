"""One build of a program at a time: the lock of the build cache."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from tests.sandbox.conftest import Listener
from tests.waiting import eventually
from tooling.toolchain.cache import locked


def test_a_second_build_waits_for_the_first_and_reports_it(tmp_path: Path, listener: Listener) -> None:
    order: list[str] = []

    def second() -> None:
        with locked(tmp_path / "lock", listener.say, "a build of etcd"):
            order.append("second")

    with locked(tmp_path / "lock", listener.say, "a build of etcd"):
        thread = threading.Thread(target=second)
        thread.start()
        eventually(lambda: listener.lines, "the second build waits")
        order.append("first")
    thread.join()

    assert listener.lines == [f"waiting for a build of etcd (process {os.getpid()})"]
    assert order == ["first", "second"]


def test_a_lock_with_a_removed_file_still_has_one_holder_at_a_time(tmp_path: Path, listener: Listener) -> None:
    path = tmp_path / "lock"
    inside: list[str] = []
    most: list[int] = []

    def work(name: str) -> None:
        with locked(path, listener.say, name):
            inside.append(name)
            most.append(len(inside))
            inside.remove(name)
            path.unlink(missing_ok=True)

    with locked(path, listener.say, "the first"):
        threads = [threading.Thread(target=work, args=[f"thread {number}"]) for number in range(4)]
        for thread in threads:
            thread.start()
        eventually(lambda: len(listener.lines) == 4, "all four wait")
        path.unlink()
    for thread in threads:
        thread.join()

    assert most == [1, 1, 1, 1]
