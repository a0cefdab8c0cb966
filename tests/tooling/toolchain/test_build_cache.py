"""The build cache, with programs that Go builds in a moment."""

from __future__ import annotations

import dataclasses
import functools
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.sandbox.conftest import Listener
from tests.tooling.toolchain.tiny import MAIN, output_of, tiny_programs
from tests.waiting import eventually
from tooling.errors import BuildError
from tooling.toolchain.build import build_missing, built
from tooling.toolchain.cache import BuildTimes, cache_root
from tooling.toolchain.golang import Go
from tooling.toolchain.pins import (
    ModuleSet,
    Program,
    build_key,
)

BROKEN = "package main\n\nfunc main() { undefined() }\n"


def never() -> Go:
    pytest.fail("Go was requested although nothing needs to be built")


def test_programs_are_built_with_their_versions(root: Path, tmp_path: Path, go: Go, listener: Listener) -> None:
    one, two = programs = tiny_programs(tmp_path, one=MAIN, two=MAIN)

    build_missing(root, programs, lambda: go, listener)

    assert output_of(built(root, one)) == "hello from v1.2.3-1"
    assert output_of(built(root, two)) == "hello from v1.2.3-1"


def test_a_built_program_is_not_built_again_and_needs_no_go(
    root: Path, tmp_path: Path, go: Go, listener: Listener
) -> None:
    programs = tiny_programs(tmp_path, one=MAIN)
    build_missing(root, programs, lambda: go, listener)

    build_missing(root, programs, never, listener)


def test_different_pins_are_a_new_build(root: Path, tmp_path: Path, go: Go, listener: Listener) -> None:
    (program,) = programs = tiny_programs(tmp_path, one=MAIN)
    build_missing(root, programs, lambda: go, listener)
    first = built(root, program)
    go_mod = program.modules.folder / "go.mod"
    go_mod.write_text(go_mod.read_text().replace("v1.2.3", "v1.2.4"))
    (changed,) = [Program(program.name, program.package, ModuleSet(program.modules.folder), program.module)]

    assert built(root, changed) != first
    assert changed.version == "v1.2.4"
    assert first.exists()


def test_the_programs_are_built_without_a_c_compiler(
    root: Path, tmp_path: Path, go: Go, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = tiny_programs(tmp_path, one='package main\n\nimport _ "net"\n\nfunc main() { println("hello") }\n')
    monkeypatch.setenv("CGO_ENABLED", "1")
    monkeypatch.setenv("CC", "/no/such/compiler")

    build_missing(root, programs, lambda: go, listener)

    assert output_of(built(root, programs[0])) == "hello"


def test_modules_are_downloaded_many_at_a_time_and_compiled_by_all_processors(
    root: Path,
    tmp_path: Path,
    go: Go,
    listener: Listener,
    program: Callable[[str, str], Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("GOMAXPROCS", raising=False)
    programs = tiny_programs(tmp_path, one=MAIN)
    calls = tmp_path / "calls"
    recording = program("recording/go", f"echo \"$1 $GOMAXPROCS\" >>'{calls}'; exec '{go.program}' \"$@\"")

    build_missing(root, programs, lambda: Go(recording, go.version), listener)

    assert calls.read_text().splitlines() == ["list 16", "build "]


def test_a_build_does_not_change_the_checkout(root: Path, tmp_path: Path, go: Go, listener: Listener) -> None:
    programs = tiny_programs(tmp_path, one=MAIN)
    folder = programs[0].modules.folder
    before = {file: file.read_bytes() for file in folder.rglob("*")}

    build_missing(root, programs, lambda: go, listener)

    assert {file: file.read_bytes() for file in folder.rglob("*")} == before


def test_a_failed_build_shows_the_output_of_go_and_keeps_the_others(
    root: Path, tmp_path: Path, go: Go, listener: Listener
) -> None:
    good, broken = programs = tiny_programs(tmp_path, good=MAIN, broken=BROKEN)

    with pytest.raises(BuildError) as caught:
        build_missing(root, programs, lambda: go, listener)

    assert caught.value.name == "broken"
    assert "main.go:3:15: undefined: undefined" in str(caught.value)
    assert f"{go.program} build" in str(caught.value)
    assert built(root, good).exists()
    assert not built(root, broken).exists()


def test_each_stage_is_announced_and_timed(
    root: Path, tmp_path: Path, go: Go, listener: Listener, program: Callable[[str, str], Path]
) -> None:
    programs = tiny_programs(tmp_path, one=MAIN, two=MAIN)
    # A fast machine with a warm cache builds such a program in less than the tenth of a second that is recorded.
    slow = program("slow/go", f"sleep 0.2; exec '{go.program}' \"$@\"")

    build_missing(root, programs, lambda: dataclasses.replace(go, program=slow), listener)

    assert "one: started (then two)" in listener.lines
    assert "two: started" in listener.lines
    times = BuildTimes(root).read()
    assert [stage.stage for stage in times] == ["download of modules modules", "one", "two"]
    assert {stage.key for stage in times} == {build_key(programs[0].modules)}
    assert all(stage.wall >= 0.2 for stage in times)


def test_a_killed_build_continues(
    root: Path,
    tmp_path: Path,
    go: Go,
    listener: Listener,
    program: Callable[[str, str], Path],
) -> None:
    first, second = programs = tiny_programs(tmp_path, first=MAIN, second=MAIN)
    reached = tmp_path / "reached"
    # A Go that never ends the second program.
    slow = program(
        "slow/go",
        f'case "$*" in build*second) : >"$PWD/../bin/.second.partial"; touch \'{reached}\'; exec sleep 600;; esac\n'
        f"exec '{go.program}' \"$@\"",
    )
    script = (
        "import sys; from pathlib import Path\n"
        "from tooling.toolchain.build import build_missing; from tooling.toolchain.golang import Go\n"
        "from tooling.toolchain.pins import ModuleSet, Program; from tooling.toolchain.progress import Reporter\n"
        "modules = ModuleSet(Path(sys.argv[1]))\n"
        "variables = (('main.Version', '{v}-{major}'),)\n"
        "names = ('first', 'second')\n"
        "programs = [Program(n, f'example.test/{n}', modules, f'example.test/{n}', variables) for n in names]\n"
        "build_missing(Path(sys.argv[2]), programs, lambda: Go(Path(sys.argv[3]), 'slow'), Reporter())\n"
    )
    argv = [sys.executable, "-c", script, str(first.modules.folder), str(root), str(slow)]
    with subprocess.Popen(argv, start_new_session=True, stdout=subprocess.DEVNULL) as build:
        eventually(reached.exists, "the second build is running")
        os.killpg(build.pid, signal.SIGKILL)
    made = built(root, first).stat().st_ino, built(root, first).stat().st_mtime_ns

    build_missing(root, programs, lambda: go, listener)

    assert (built(root, first).stat().st_ino, built(root, first).stat().st_mtime_ns) == made
    assert output_of(built(root, second)) == "hello from v1.2.3-1"
    assert sorted(file.name for file in built(root, first).parent.iterdir()) == ["first", "second"]


def test_two_parallel_builds_build_everything_once(
    root: Path, tmp_path: Path, go: Go, program: Callable[[str, str], Path]
) -> None:
    programs = tiny_programs(tmp_path, one=MAIN)
    calls = tmp_path / "calls"
    counting = program("counting/go", f"echo \"$1\" >>'{calls}'; exec '{go.program}' \"$@\"")
    listeners = [Listener(), Listener()]
    build = functools.partial(build_missing, root, programs, lambda: Go(counting, go.version))
    threads = [threading.Thread(target=build, args=[listener]) for listener in listeners]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert calls.read_text().split().count("build") == 1
    assert output_of(built(root, programs[0])) == "hello from v1.2.3-1"


def test_the_cache_follows_xdg_cache_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_root() == tmp_path / "homelab-sandbox"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert cache_root() == Path.home() / ".cache" / "homelab-sandbox"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_root() == Path.home() / ".cache" / "homelab-sandbox"
