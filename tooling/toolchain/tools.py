"""Every program and file that the sandbox needs, installed or built."""

from __future__ import annotations

import functools
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tooling.toolchain.binaries import Binaries
from tooling.toolchain.build import build_missing, built
from tooling.toolchain.cache import cache_root
from tooling.toolchain.golang import find_go
from tooling.toolchain.installed import find_installed, find_language_host
from tooling.toolchain.modules import ensure_files
from tooling.toolchain.pins import (
    APISERVER,
    ARGOCD_FILES,
    CONTROLLER_MANAGER,
    ETCD,
    KUBECTL,
    KUBERNETES_FILES,
    OPERATOR,
    OPERATOR_FILES,
    PULUMI,
    Program,
)
from tooling.toolchain.progress import Reporter

# The fastest builds first, so that an interrupted first build has most of its programs.
ORDER = (ETCD, KUBECTL, APISERVER, CONTROLLER_MANAGER, PULUMI, OPERATOR)


BUILT: Final = "built here"
"""The origin of a program that the tool chain has built."""


@dataclass(frozen=True)
class Tool:
    """One program; `origin` describes for the user where it comes from."""

    name: str
    path: Path
    version: str
    origin: str


@dataclass(frozen=True)
class Tools:
    """
    All of them.

    :param language_host: the official one of an installed pulumi; None if the Python plugin of this project is used
    :param crds: files with the custom resource definitions of the operator and of Argo CD
    """

    pulumi: Tool
    language_host: Path | None
    etcd: Tool
    kube_apiserver: Tool
    kube_controller_manager: Tool
    kubectl: Tool
    external_secrets: Tool
    crds: tuple[Path, ...]

    @property
    def programs(self) -> tuple[Tool, ...]:
        return (
            self.pulumi,
            self.etcd,
            self.kube_apiserver,
            self.kube_controller_manager,
            self.kubectl,
            self.external_secrets,
        )

    @property
    def binaries(self) -> Binaries:
        return Binaries(
            etcd=self.etcd.path,
            kube_apiserver=self.kube_apiserver.path,
            kube_controller_manager=self.kube_controller_manager.path,
            kubectl=self.kubectl.path,
        )


@dataclass(frozen=True)
class Engine:
    """
    The tools for a preview without a cluster.

    :param language_host: the official one of an installed pulumi; None if the Python plugin of this project is used
    """

    pulumi: Tool
    language_host: Path | None

    @property
    def programs(self) -> tuple[Tool, ...]:
        return (self.pulumi,)


def ensure_engine(reporter: Reporter, ours: Collection[Path] = ()) -> Engine:
    """
    Find or build only pulumi.

    :param ours: see `ensure_tools`
    :raises ToolError: it is not available
    """
    root = cache_root()
    not_installed = (root.resolve(), *(folder.absolute() for folder in ours))
    installed = find_installed(PULUMI, not_installed)
    if installed:
        tool = Tool(PULUMI.name, installed.path, installed.version, f"installed, from {installed.where}")
        return Engine(tool, find_language_host(installed.path, not_installed))
    build_missing(root, [PULUMI], functools.cache(lambda: find_go(root, reporter)), reporter, set())
    return Engine(Tool(PULUMI.name, built(root, PULUMI), PULUMI.version, BUILT), None)


def ensure_definitions(reporter: Reporter) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """
    Return the files that define valid objects: the custom resource definitions of the operator and of Argo CD, and the
    OpenAPI documents of Kubernetes' own groups.

    :raises ToolError: they are not available
    """
    root = cache_root()
    go = functools.cache(lambda: find_go(root, reporter))
    crds = [file for source in (OPERATOR_FILES, ARGOCD_FILES) for file in ensure_files(root, source, go, reporter)]
    return tuple(crds), tuple(ensure_files(root, KUBERNETES_FILES, go, reporter))


def ensure_tools(reporter: Reporter | None = None, ours: Collection[Path] = ()) -> Tools:
    """
    Find or build all of them; takes a moment if nothing needs to be built.

    :param ours: folders whose programs do not count as installed, in addition to the cache
    :raises ToolError: one is not available
    """
    reporter = reporter or Reporter()
    root = cache_root()
    go = functools.cache(lambda: find_go(root, reporter))
    not_installed = (root.resolve(), *(folder.absolute() for folder in ours))
    found = {program: find_installed(program, not_installed) for program in ORDER}
    missing = [program for program in ORDER if found[program] is None]
    compiled: set[str] = set()
    for modules in dict.fromkeys(program.modules for program in missing):
        build_missing(root, [program for program in missing if program.modules == modules], go, reporter, compiled)
    crds = [file for source in (OPERATOR_FILES, ARGOCD_FILES) for file in ensure_files(root, source, go, reporter)]

    def tool(program: Program) -> Tool:
        installed = found[program]
        if installed:
            return Tool(program.name, installed.path, installed.version, f"installed, from {installed.where}")
        return Tool(program.name, built(root, program), program.version, BUILT)

    official = found[PULUMI]
    return Tools(
        pulumi=tool(PULUMI),
        language_host=find_language_host(official.path, not_installed) if official else None,
        etcd=tool(ETCD),
        kube_apiserver=tool(APISERVER),
        kube_controller_manager=tool(CONTROLLER_MANAGER),
        kubectl=tool(KUBECTL),
        external_secrets=tool(OPERATOR),
        crds=tuple(crds),
    )
