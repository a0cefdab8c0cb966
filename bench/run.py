"""Runs the program with one number of apps, from nothing to nothing."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import yaml

from bench import declared
from bench.measure import Measurement, measure
from bench.results import KUBECTL, Size
from sandbox.cluster import Cluster
from sandbox.controlplane import ControlPlane, ensure_prerequisites, prerequisite_namespaces
from sandbox.stack.project import write_project
from sandbox.stack.throw_away import ensure_throw_away_secrets
from tooling.stack import Workspace
from tooling.stack.config import StackFile
from tooling.stack.plugins import PROVIDERS
from tooling.stack.workspace import CHECKOUT
from tooling.toolchain import Tools
from tooling.toolchain.progress import Reporter
from tooling.yaml_text import dump_yaml

STACK = "bench"
UP = ("up", "--yes", "--skip-preview")
INLINE_APPS: Final = 300
"""More apps are in files: the engine passes the stack config in one environment variable, which has a limit."""
PYTHON_PLUGINS = {name: f"plugins.{name}" for name in PROVIDERS}


class Benchmark:
    """
    Measures one size after the other.

    :param managed: the program sets Infisical up; otherwise its owner does that by hand, and nothing is delivered
    :param say: shows the progress
    """

    def __init__(self, tools: Tools, *, managed: bool, say: Callable[[str], None]) -> None:
        self._tools = tools
        self._managed = managed
        self._say = say
        self._namespaces = prerequisite_namespaces(CHECKOUT / "Pulumi.homelab.yaml")

    def measure(self, apps: int) -> list[Size]:
        """One size: with this project's plugins and, if they are installed, with the official ones."""
        with tempfile.TemporaryDirectory(prefix="bench-") as name:
            sizes = [self._measure(Path(name) / "python", apps, PYTHON_PLUGINS)]
            if self._tools.language_host:
                sizes.append(self._measure(Path(name) / "official", apps, {}))
        return sizes

    def _measure(self, folder: Path, apps: int, in_place: dict[str, str]) -> Size:
        folder.mkdir()
        cluster_folder, namespaces = folder / "cluster", self._namespaces
        with Cluster(cluster_folder, self._tools, namespaces=namespaces, apps=apps, tethered=True) as cluster:
            workspace = Workspace(folder / "workspace", self._tools, cluster.kubeconfig, STACK, in_place)
            plugins = workspace.ensure(Reporter())
            config = declared.declared(apps, cluster.infisical_url if self._managed else None)
            stack = _Stack(workspace, folder / "project", config, _servers(cluster.plane))
            providers = "official" if all(plugin.is_official for plugin in plugins) else "Python"
            label = f"{apps or 'homelab'} ({providers} plugins)"
            taken: dict[str, Measurement] = {}

            def run(operation: str, *arguments: str) -> None:
                taken[operation] = stack.measure(*arguments)
                self._say(f"{label}: {operation} {taken[operation].wall:.1f} s")

            run("preview of all", "preview")
            run("first up", *UP)
            state = stack.state()
            objects = stack.objects()
            run("preview, no change", "preview", "--expect-no-changes")
            run("up, no change", *UP, "--expect-no-changes")
            if apps and self._managed:
                stack.rotate(declared.key_names(declared.names(apps)[0])[0])
                run("one rotation", *UP)
            if apps:
                stack.add(f"app-{apps:04}", declared.app(f"app-{apps:04}", managed=self._managed))
                run("one app added", *UP)
            run("destroy", "destroy", "--yes", "--skip-preview", "--exclude-protected")
        taken[KUBECTL] = self._kubectl(folder, objects)
        self._say(f"{label}: {KUBECTL} {taken[KUBECTL].wall:.1f} s")
        resources = json.loads(state)["checkpoint"]["latest"]["resources"]
        return Size(
            apps=apps,
            providers=providers,
            resources=len(resources),
            dependencies=sum(len(resource.get("dependencies", ())) for resource in resources),
            state_bytes=len(state),
            objects=len(objects),
            taken=taken,
        )

    def _kubectl(self, folder: Path, objects: list[Any]) -> Measurement:
        """`kubectl apply --server-side` of the same objects, on a new control plane."""
        manifests = folder / "manifests.json"
        manifests.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))
        with ControlPlane(folder / "kubectl", self._tools.binaries, tethered=True) as plane:
            ensure_prerequisites(plane, self._tools.crds, self._namespaces)
            kubectl = [str(self._tools.kubectl.path), "--kubeconfig", str(plane.kubeconfig)]
            argv = [*kubectl, "apply", "--server-side", "--filename", str(manifests)]
            return measure(argv, {}, folder, _servers(plane))


class _Stack:
    """The stack that is measured."""

    def __init__(self, workspace: Workspace, project: Path, config: declared.Config, servers: dict[str, int]) -> None:
        self._workspace = workspace
        self._project = project
        self._servers = servers
        self._file = project / f"Pulumi.{STACK}.yaml"
        self._apps = project / "apps"
        apps = config["homelab:apps"]
        in_files = len(apps) > INLINE_APPS
        write_project(project, STACK, {**config, "homelab:apps": f"{self._apps.name}/"} if in_files else config)
        if in_files:
            self._apps.mkdir()
            for name, app in apps.items():
                self.add(name, app)
        workspace.run("stack", "init", STACK, cwd=project)
        ensure_throw_away_secrets(workspace, StackFile(self._file), project / "secrets-given", Reporter())

    def measure(self, *arguments: str) -> Measurement:
        argv = [str(self._workspace.bin / "pulumi"), "--non-interactive", *arguments, "--suppress-outputs"]
        return measure(argv, self._workspace.environment(), self._project, self._servers)

    def rotate(self, key: str) -> None:
        self._change("homelab:rotations", key, "2026-01-01")

    def add(self, name: str, app: declared.Config) -> None:
        if self._apps.is_dir():
            (self._apps / f"{name}.yaml").write_text(dump_yaml(app))
        else:
            self._change("homelab:apps", name, app)

    def _change(self, path: str, name: str, value: object) -> None:
        content = yaml.safe_load(self._file.read_text())
        content["config"].setdefault(path, {})[name] = value
        self._file.write_text(dump_yaml(content))

    def state(self) -> bytes:
        (checkpoint,) = self._workspace.state.glob(f".pulumi/stacks/*/{STACK}.json")
        return checkpoint.read_bytes()

    def objects(self) -> list[Any]:
        """The declared Kubernetes objects, in creation order."""
        exported = json.loads(self._workspace.run("stack", "export", "--show-secrets", cwd=self._project))
        return [
            _plain(resource["inputs"])
            for resource in exported["deployment"]["resources"]
            # A patch needs the object of somebody else.
            if resource["type"].startswith("kubernetes:")
            and not resource["type"].endswith("Patch")
            and not resource.get("external")
        ]


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        if "plaintext" in value:
            return json.loads(value["plaintext"])
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value


def _servers(plane: ControlPlane) -> dict[str, int]:
    pids = plane.status().pids
    return {part: pid for part, name in (("API server", "kube-apiserver"), ("etcd", "etcd")) if (pid := pids[name])}
