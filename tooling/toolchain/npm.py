"""Packages of the npm registry, fetched by npm: that of PATH if it is new enough, otherwise that of a pinned wheel."""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tooling.errors import ToolError
from tooling.toolchain.pins import NODE_WHEEL, NpmPackage
from tooling.toolchain.progress import Reporter
from tooling.toolchain.wheel import Needed, from_wheel

# The first that can put an archive into a folder.
NPM_MINIMUM: Final = 7
# From the wheel's Node, because its npm starts the `node` on PATH.
_NPM_OF_THE_WHEEL: Final = Path("../lib/node_modules/npm/bin/npm-cli.js")
_DECOMPRESS: Final = """
const { createReadStream, createWriteStream } = require("node:fs");
const { createBrotliDecompress } = require("node:zlib");
const [source, target] = process.argv.slice(1);
require("node:stream").pipeline(
  createReadStream(source), createBrotliDecompress(), createWriteStream(target),
  (error) => { if (error) { console.error(String(error)); process.exit(1); } },
);
"""


@dataclass(frozen=True)
class Npm:
    """The start of its command lines, and the Node that it runs on."""

    argv: tuple[str, ...]
    node: Path


def find_npm(cache: Path, reporter: Reporter) -> Npm:
    """
    Return the npm to fetch with.

    :param cache: the folder for the wheel, if there is no new enough npm on PATH
    :raises ToolError: neither is available
    """
    npm, node = shutil.which("npm"), shutil.which("node")
    version = _version(npm) if npm and node else None
    if npm and node and version and int(version.partition(".")[0]) >= NPM_MINIMUM:
        return Npm((npm,), Path(node))
    found = f"found {version or 'an unknown version'} ({npm})" if npm and node else "not found on PATH"
    program = from_wheel(cache, NODE_WHEEL, Needed("npm", found, f"{NPM_MINIMUM} or newer"), reporter)
    return Npm((str(program), str(program.parent / _NPM_OF_THE_WHEEL)), program)


def _version(npm: str) -> str | None:
    shown = subprocess.run([npm, "--version"], capture_output=True, text=True, check=False)
    version = shown.stdout.strip()
    return version if shown.returncode == 0 and version[:1].isdigit() else None


def download(npm: Npm, package: NpmPackage, folder: Path) -> Path:
    """
    Download the package's archive, and run nothing of it.

    :param folder: a new one; npm's cache is also in it, so that nothing else stays on the machine
    :raises ToolError: npm failed, or the archive is not the pinned one
    """
    wanted = f"{package.name}@{package.version}"
    options = ["--ignore-scripts", "--loglevel=error", "--cache", str(folder / "cache")]
    argv = [*npm.argv, "pack", wanted, "--pack-destination", str(folder), *options]
    done = subprocess.run(argv, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    archives = list(folder.glob("*.tgz"))
    if done.returncode or len(archives) != 1:
        problem = (
            f"cannot download {wanted}: {done.stderr.strip() or 'npm has written no archive'}\n"
            "Fix: check the network and `npm config get registry`, then run the command again."
        )
        raise ToolError(problem)
    found = integrity(archives[0])
    if found != package.integrity:
        problem = (
            f"{wanted}: found checksum {found}, expected {package.integrity}. "
            "Fix: check `npm config get registry`; after a change of the version, also change the checksum in "
            "tooling/toolchain/pins.py."
        )
        raise ToolError(problem)
    return archives[0]


def integrity(file: Path) -> str:
    """The checksum of a file, as npm shows it."""
    with file.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha512").digest()
    return f"sha512-{base64.b64encode(digest).decode()}"


def decompress(npm: Npm, source: Path, target: Path) -> None:
    """
    Write the content of a file that is compressed with Brotli, which Python cannot read.

    :raises ToolError: it is no such file
    """
    argv = [str(npm.node), "-e", _DECOMPRESS, str(source), str(target)]
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        problem = f"cannot decompress {source.name}: {done.stderr.strip()}\nFix: run the command again."
        raise ToolError(problem)
