"""The Pulumi plugins that a program's installed packages need, read from the packages' files."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import grpc

from plugins.protocol.errors import ProviderError

PLUGIN_FILE = "pulumi-plugin.json"

WITHOUT_PLUGIN = {"pulumi-policy", "pulumi-esc-sdk"}
"""Packages with the name of a provider, but without one."""

_VERSION = re.compile(
    r"(?P<release>\d+(?:\.\d+)*)(?:(?P<stage>a|b|rc)(?P<number>\d+))?"
    r"(?:\.post(?P<post>\d+))?(?:\.dev(?P<dev>\d+))?"
)
_STAGES = {"a": "alpha", "b": "beta", "rc": "rc"}


@dataclass(frozen=True)
class Distribution:
    """An installed package: `name` and `version` are from its metadata, `location` is the folder that contains it."""

    name: str
    version: str
    location: Path


@dataclass(frozen=True)
class Parameterization:
    """The package that the plugin provides when it receives this parameter."""

    name: str
    version: str
    value: bytes


@dataclass(frozen=True)
class RequiredPackage:
    """A provider plugin: `version` starts with `v`; `server` is the download address, empty for the default."""

    name: str
    version: str
    server: str = ""
    parameterization: Parameterization | None = None


def required_packages(directories: Iterable[Path]) -> list[RequiredPackage]:
    """
    Return the plugins that the packages in these folders need, sorted by package name.

    :raises ProviderError: a package's pulumi-plugin.json cannot be read
    """
    found: dict[str, tuple[Distribution, Path]] = {}
    for directory in directories:
        for distribution, plugin_file in _pulumi_distributions(directory):
            found.setdefault(_canonical(distribution.name), (distribution, plugin_file))
    needed = [_required(*found[name]) for name in sorted(found) if name not in WITHOUT_PLUGIN]
    return [package for package in needed if package]


def distribution_version(directories: Iterable[Path], name: str) -> str | None:
    """Return the version of an installed package; None if not found."""
    for directory in directories:
        for metadata in directory.glob(f"{name}-*.dist-info"):
            return _distribution(metadata, directory).version
    return None


def _pulumi_distributions(directory: Path) -> Iterator[tuple[Distribution, Path]]:
    # Only packages whose names qualify are read.
    entries = {entry.name: entry for entry in directory.iterdir()}
    for entry_name, entry in entries.items():
        stem, dot, _ = entry_name.rpartition(".dist-info")
        if not dot:
            continue
        module = stem.partition("-")[0].replace("-", "_")
        plugin_file = directory / module / PLUGIN_FILE
        if module.startswith("pulumi_") or (module in entries and plugin_file.is_file()):
            distribution = _distribution(entry, directory)
            yield distribution, directory / distribution.name.replace("-", "_") / PLUGIN_FILE


def _distribution(metadata: Path, location: Path) -> Distribution:
    fields: dict[str, str] = {}
    for line in (metadata / "METADATA").read_text(errors="replace").splitlines():
        if not line:
            break
        key, _, value = line.partition(":")
        fields.setdefault(key, value.strip())
    return Distribution(fields["Name"], fields["Version"], location)


def _required(distribution: Distribution, plugin_file: Path) -> RequiredPackage | None:
    plugin: dict[str, object] = {}
    if plugin_file.is_file():
        try:
            plugin = json.loads(plugin_file.read_bytes())
        except ValueError as error:
            message = (
                f"{plugin_file} is not valid JSON: {error}. Fix: reinstall {distribution.name} with `pulumi install`."
            )
            raise ProviderError(
                message,
                grpc.StatusCode.FAILED_PRECONDITION,
            ) from error
        if not plugin.get("resource"):
            return None
    version = str(plugin.get("version") or "") or plugin_version(distribution.version)
    if version is None:
        return None
    return RequiredPackage(
        name=str(plugin.get("name") or "") or distribution.name.removeprefix("pulumi-"),
        version=version if version.startswith("v") else f"v{version}",
        server=str(plugin.get("server") or ""),
        parameterization=_parameterization(plugin.get("parameterization")),
    )


def _parameterization(field: object) -> Parameterization | None:
    if not isinstance(field, dict):
        return None
    return Parameterization(
        name=field.get("name", ""), version=field.get("version", ""), value=base64.b64decode(field.get("value", ""))
    )


def plugin_version(package_version: str) -> str | None:
    """
    Convert a Python version to a semantic version: `1.2rc3` is `1.2.0-rc.3`, `1.2.3.post4` is `1.2.3+post4`.

    None if there is no equivalent (epochs, local versions).
    """
    match = _VERSION.fullmatch(package_version)
    if match is None:
        return None
    release = match["release"].split(".")
    version = ".".join(release + ["0"] * (3 - len(release)))
    if match["stage"]:
        version += f"-{_STAGES[match['stage']]}.{match['number']}"
    build = (f"post{match['post']}" if match["post"] else "") + (f"dev{match['dev']}" if match["dev"] else "")
    return f"{version}+{build}" if build else version


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
