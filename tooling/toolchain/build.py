"""Builds programs with Go into the cache, one after the other. Each appears only when it is complete."""

from __future__ import annotations

import contextlib
import resource
import shutil
import subprocess
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from tooling.errors import BuildError
from tooling.toolchain.cache import BuildTimes, StageTime, locked
from tooling.toolchain.golang import Go
from tooling.toolchain.modules import module_folder
from tooling.toolchain.pins import (
    BUILD_ENVIRONMENT,
    BUILD_FLAGS,
    LEFT_OUT,
    LINKED,
    ModuleSet,
    Program,
    build_key,
)
from tooling.toolchain.progress import Reporter

LOG_LINES = 40
# Go downloads as many modules at a time as it has processors, although it mostly waits for the network.
DOWNLOADS = "16"


def built(root: Path, program: Program) -> Path:
    """Return the path of the built program, which may not exist yet."""
    return root / build_key(program.modules) / "bin" / program.name


def build_missing(
    root: Path,
    programs: Sequence[Program],
    find_go: Callable[[], Go],
    reporter: Reporter,
    compiled: set[str] | None = None,
) -> None:
    """
    Build the programs that are not in the cache. An interrupted build continues: finished programs are kept, and Go
    keeps every compiled package.

    :param programs: all from one module set
    :param compiled: packages that this command has compiled, for the progress; the new ones are added
    :raises BuildError: Go failed
    """
    if all(built(root, program).exists() for program in programs):
        return
    modules = programs[0].modules
    folder = root / build_key(modules)
    with locked(root / f"{folder.name}.lock", reporter.say, f"a build of {', '.join(p.name for p in programs)}"):
        missing = [program for program in programs if not built(root, program).exists()]
        if missing:
            _Build(root, modules, find_go(), reporter).run(missing, set() if compiled is None else compiled)


class _Build:
    def __init__(self, root: Path, modules: ModuleSet, go: Go, reporter: Reporter) -> None:
        self._root, self._modules, self._go, self._reporter = root, modules, go, reporter
        self._folder = root / build_key(modules)
        self._work = self._folder / "work"
        self._times = BuildTimes(root)

    def run(self, programs: Sequence[Program], compiled: set[str]) -> None:
        self._reporter.say(f"building with Go {self._go.version} ({self._go.program}) in {self._folder}")
        names = [program.name for program in programs]
        with self._timed(f"download of {self._modules.name} modules", ", ".join(names)) as advance:
            self._prepare()
            packages = self._packages(programs, advance)
        for number, program in enumerate(programs):
            new = packages[program.name] - compiled
            with self._timed(program.name, ", ".join(names[number + 1 :])) as advance:
                self._build(program, len(new), advance)
            compiled |= new
        shutil.rmtree(self._work, ignore_errors=True)

    def _prepare(self) -> None:
        """Create a folder to build in, so that the checkout does not change."""
        shutil.rmtree(self._work, ignore_errors=True)
        self._work.mkdir(parents=True)
        (self._folder / "bin").mkdir(exist_ok=True)
        for name in ("go.mod", "go.sum"):
            shutil.copyfile(self._modules.folder / name, self._work / name)
        for file, path in self._modules.sources.items():
            (self._work / path).parent.mkdir(exist_ok=True)
            shutil.copyfile(file, self._work / path)
        # The path of an absolute folder stays the same.
        folders = {module: self._work / folder for module, folder in self._modules.replaced.items()}
        for module, folder in folders.items():
            if folder.parent == self._work:
                folder.symlink_to(module_folder(self._go, LINKED[module], self._folder))
        if left_out := self._modules.left_out:
            left_out.write_overlay(folders[left_out.module], self._work / LEFT_OUT)

    def _packages(
        self, programs: Sequence[Program], advance: Callable[[int, int | None, str], None]
    ) -> dict[str, set[str]]:
        """Return the packages of each program. Listing them downloads exactly the required modules."""
        downloads = 0
        packages: dict[str, set[str]] = {}

        def count(line: str) -> None:
            nonlocal downloads
            if line.startswith("go: downloading"):
                downloads += 1
                advance(downloads, None, "modules")

        for program in programs:
            argv = ["list", *self._modules.flags, "-deps", program.package]
            shown = self._run(program, argv, count, GOMAXPROCS=DOWNLOADS)
            packages[program.name] = set(shown)
        return packages

    def _build(self, program: Program, total: int, advance: Callable[[int, int | None, str], None]) -> None:
        done = 0

        def count(line: str) -> None:
            nonlocal done
            if line and " " not in line:
                done += 1
                advance(min(done, total), total, "packages")

        target = built(self._root, program)
        draft = target.with_name(f".{program.name}.partial")
        argv = [
            "build",
            "-v",
            *self._modules.flags,
            *BUILD_FLAGS,
            f"-ldflags={program.ldflags}",
            "-o",
            str(draft),
            program.package,
        ]
        self._run(program, argv, count)
        draft.replace(target)

    def _run(
        self, program: Program, arguments: list[str], on_line: Callable[[str], None], **environment: str
    ) -> list[str]:
        """Run Go, pass each line of its stderr to `on_line`, and return the lines of its stdout."""
        argv = [str(self._go.program), *arguments]
        last: deque[str] = deque(maxlen=LOG_LINES)
        printed = self._work / "stdout"
        with (
            printed.open("w") as stdout,
            subprocess.Popen(
                argv,
                cwd=self._work,
                env={**self._go.environment, **BUILD_ENVIRONMENT, **environment},
                stdout=stdout,
                stderr=subprocess.PIPE,
                text=True,
            ) as process,
        ):
            try:
                for line in process.stderr or ():
                    last.append(line.rstrip())
                    on_line(line.rstrip())
            except BaseException:
                process.terminate()
                raise
        if process.returncode:
            raise BuildError(program.name, argv, last)
        return printed.read_text().splitlines()

    @contextlib.contextmanager
    def _timed(self, stage: str, left: str) -> Iterator[Callable[[int, int | None, str], None]]:
        wall, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
        with self._reporter.stage(stage, left) as shown:
            yield shown.advance
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        self._times.record(
            StageTime(stage, self._folder.name, round(time.monotonic() - wall, 1), round(cpu, 1), self._go.version)
        )
