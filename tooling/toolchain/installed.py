"""
Programs that the machine already has.

Suitable versions: etcd from 3.5, below 4; kube-apiserver and kube-controller-manager of the pinned minor version;
kubectl of that minor version or the next one up or down, as Kubernetes supports; pulumi from 3.255.0, below 4, with its
own language host for Python next to it or on PATH. The operator is always built: it does not print its version.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from tooling.toolchain.pins import APISERVER, CONTROLLER_MANAGER, ETCD, KUBECTL, PULUMI, Program

Version = tuple[int, int, int]

VERSION_SECONDS = 20.0

LANGUAGE_HOST = "pulumi-language-python"


@dataclass(frozen=True)
class Installed:
    """A program that was found; `where` is the variable that names its folder."""

    path: Path
    version: str
    where: str


@dataclass(frozen=True)
class _Rule:
    version_argv: tuple[str, ...]
    fits: Callable[[Version, Version], bool]


def _same_minor(found: Version, pinned: Version) -> bool:
    return found[:2] == pinned[:2]


def _neighbour_minor(found: Version, pinned: Version) -> bool:
    return found[0] == pinned[0] and abs(found[1] - pinned[1]) <= 1


def _at_least_3_5(found: Version, pinned: Version) -> bool:
    return found[0] == pinned[0] and found >= (3, 5, 0)


def _not_older(found: Version, pinned: Version) -> bool:
    return found[0] == pinned[0] and found >= pinned


_RULES = {
    ETCD.name: _Rule(("--version",), _at_least_3_5),
    APISERVER.name: _Rule(("--version",), _same_minor),
    CONTROLLER_MANAGER.name: _Rule(("--version",), _same_minor),
    KUBECTL.name: _Rule(("version", "--client"), _neighbour_minor),
    PULUMI.name: _Rule(("version",), _not_older),
}


def find_installed(program: Program, ours: Collection[Path]) -> Installed | None:
    """
    Return the first suitable one, in `KUBEBUILDER_ASSETS`, then on `PATH`.

    :param ours: folders with programs of this project, which do not count even if PATH names them
    """
    rule = _RULES.get(program.name)
    if rule is None:
        return None
    pinned = parse_version(program.version)
    for where, folder in _folders():
        path = folder / program.name
        if not os.access(path, os.X_OK) or not path.is_file() or _is_ours(path, ours):
            continue
        found = _version(path, rule.version_argv)
        if found is None or pinned is None or not rule.fits(found, pinned):
            continue
        if program == PULUMI and find_language_host(path, ours) is None:
            continue
        return Installed(path, "v" + ".".join(map(str, found)), where)
    return None


def find_language_host(pulumi: Path, ours: Collection[Path]) -> Path | None:
    """Return the official language host for Python of this pulumi: next to it, or on PATH."""
    folders = [pulumi.parent, pulumi.resolve().parent, *(folder for _, folder in _folders())]
    for folder in folders:
        path = folder / LANGUAGE_HOST
        if os.access(path, os.X_OK) and not _is_ours(path, ours):
            return path
    return None


def parse_version(text: str) -> Version | None:
    """Return the first version number in the text."""
    found = re.search(r"(\d+)\.(\d+)\.(\d+)", text)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def _folders() -> Iterator[tuple[str, Path]]:
    if assets := os.environ.get("KUBEBUILDER_ASSETS"):
        yield "KUBEBUILDER_ASSETS", Path(assets)
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        if Path(folder).is_absolute():
            yield "PATH", Path(folder)


def _is_ours(path: Path, ours: Collection[Path]) -> bool:
    places = (path.absolute(), path.resolve())
    return any(place.is_relative_to(folder) for place in places for folder in ours)


def printed_version(path: Path, arguments: tuple[str, ...]) -> str | None:
    """What a program prints about its version; None if it does not start, fails or takes too long."""
    environment = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    try:
        shown = subprocess.run(
            [str(path), *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=VERSION_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return shown.stdout if shown.returncode == 0 else None


def _version(path: Path, arguments: tuple[str, ...]) -> Version | None:
    printed = printed_version(path, arguments)
    return None if printed is None else parse_version(printed)
