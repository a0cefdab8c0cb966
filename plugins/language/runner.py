"""
The language host starts this file in the interpreter of a program, a plugin or a tool.

    python runner.py <lifeline> program <settings> <entry point> [arguments]
    python runner.py <lifeline> directory <directory> [arguments]
    python runner.py <lifeline> module <name> [arguments]

`lifeline` is the file descriptor of a pipe whose other end only the parent holds. When it closes, the parent has
ended, and this process and its group end. `settings` is a JSON object with the fields of `pulumi.runtime.Settings`.
The config is in PULUMI_CONFIG and PULUMI_CONFIG_SECRET_KEYS.

This file imports nothing of this project, because the interpreter that runs it may not find it.
"""

from __future__ import annotations

import contextlib
import gc
import importlib.machinery
import importlib.util
import json
import os
import runpy
import signal
import sys
import threading
import time
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any, NoReturn

ERROR_WAS_SHOWN = 32
"""The exit code that tells the host that the user has seen the reason."""

INTERRUPTED = 130

GRACE_SECONDS = 2.0
"""How long an interrupted process may take to end before it is killed."""


def end_with_parent(lifeline: int) -> None:
    """Watch the lifeline from a thread until the process ends."""
    os.set_inheritable(lifeline, False)

    def watch() -> None:
        while os.read(lifeline, 1):
            pass
        os.killpg(0, signal.SIGINT)
        time.sleep(GRACE_SECONDS)
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=watch, name="lifeline", daemon=True).start()


class LoadedLater:
    """
    An import finder for parts of the SDK that few programs use. They load when a program first uses them.

    `import pulumi` loads them otherwise: a fifth of its time, in every command.
    """

    NAMES = ("pulumi.automation", "pulumi.dynamic")

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        spec = importlib.machinery.PathFinder.find_spec(name, path, target) if name in self.NAMES else None
        if spec and spec.loader:
            spec.loader = importlib.util.LazyLoader(spec.loader)
        return spec


@contextlib.contextmanager
def loading_less() -> Iterator[None]:
    """Within this block, `import pulumi` loads only what most programs use."""
    finder = LoadedLater()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


def run_program(settings: dict[str, Any], entry_point: str, arguments: list[str]) -> int:
    """Run a Pulumi program in its stack and return the exit code."""
    # Loaded modules are never garbage, and collections take a quarter of the time of loading.
    gc.disable()
    try:
        with loading_less():
            import pulumi
            import pulumi.runtime
    except ImportError:
        traceback.print_exc()
        print(
            f"\nCannot import the Pulumi SDK with {sys.executable}.\n"
            "Fix: add pulumi to requirements.txt and run `pulumi install`.",
            file=sys.stderr,
        )
        return 1

    import asyncio
    import logging
    from concurrent.futures import ThreadPoolExecutor

    gc.freeze()
    gc.enable()
    pulumi.runtime.set_all_config(pulumi.runtime.get_config_env(), pulumi.runtime.get_config_secret_keys_env())
    configured = pulumi.runtime.Settings(**settings)
    pulumi.runtime.configure(configured)

    location = Path(entry_point).absolute()
    main_file = location / "__main__.py" if location.is_dir() else location
    if not main_file.exists():
        pulumi.log.error(f"unable to find main python program `__main__.py` in `{location}`")
        return ERROR_WAS_SHOWN
    sys.argv = [entry_point, *arguments]
    sys.path[0] = str(main_file.parent)

    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    executor = ThreadPoolExecutor(max_workers=max(configured.parallel or 0, 1) * 4)
    loop.set_default_executor(executor)
    # A failing program leaves futures that nothing awaits; its own error matters, not asyncio's.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)

    try:
        program = pulumi.runtime.run_in_stack(lambda: ignore(runpy.run_path(entry_point, run_name="__main__")))
        loop.run_until_complete(program)
    except pulumi.RunError as error:
        pulumi.log.error(str(error))
        return 1
    except Exception as error:
        pulumi.log.error("Program failed with an unhandled exception:\n" + failure(error, main_file))
        return ERROR_WAS_SHOWN
    executor.shutdown(wait=True)
    loop.close()
    # The process ends here: a last collection would only take time.
    gc.freeze()
    return 0


def ignore(_: object) -> None:
    """Drop the program's globals: `run_in_stack` would await them."""


def failure(error: Exception, main_file: Path) -> str:
    """Return the traceback from the program's own first frame on."""
    frame = error.__traceback__
    while frame and Path(frame.tb_frame.f_code.co_filename) != main_file:
        frame = frame.tb_next
    if frame is None and not isinstance(error, SyntaxError):
        frame = error.__traceback__
    text = "".join(traceback.format_exception(type(error), error, frame))
    if isinstance(error, ModuleNotFoundError) and error.name and "." not in error.name:
        text += (
            f"\n{sys.executable} has no package {error.name!r}. "
            "Fix: add it to requirements.txt and run `pulumi install`, or correct the import.\n"
        )
    return text


def leave(code: int) -> NoReturn:
    """End now, without waiting for threads that wait for the engine."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def end_if_interrupted(unraisable: sys.UnraisableHookArgs) -> None:
    """An interrupt may arrive where Python cannot raise, such as in a destructor. It must not be lost."""
    if isinstance(unraisable.exc_value, KeyboardInterrupt):
        leave(INTERRUPTED)
    sys.__unraisablehook__(unraisable)


def interrupt_once(number: int, frame: FrameType | None) -> NoReturn:
    """One Ctrl-C arrives from the terminal and from the engine. The second must not disturb the ending."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise KeyboardInterrupt


def main() -> None:
    """Run what the arguments name. An interrupt ends it without output."""
    lifeline, kind, name, *arguments = sys.argv[1:]
    try:
        sys.unraisablehook = end_if_interrupted
        signal.signal(signal.SIGINT, interrupt_once)
        # The host starts this with interrupts blocked, so that none arrives in a half-started interpreter.
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        end_with_parent(int(lifeline))
        # The output goes through a pipe to a user who waits for it.
        sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
        if kind == "program":
            entry_point, *arguments = arguments
            code = run_program(json.loads(name), entry_point, arguments)
            sys.exit(code)
        sys.argv = [name, *arguments]
        del sys.path[0]
        if kind == "directory":
            runpy.run_path(name, run_name="__main__")
        else:
            runpy.run_module(name, run_name="__main__", alter_sys=True)
    except KeyboardInterrupt:
        leave(INTERRUPTED)


if __name__ == "__main__":
    main()
