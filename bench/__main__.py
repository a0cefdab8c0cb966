"""
`python -m bench [APPS …]`: the program with 10, 100 and 1,000 apps, compared with `kubectl apply` of the same objects.

For each size, it measures on a new control plane: a preview of all objects, the first `up`, and a preview and an `up`
without a change. On a second new control plane, it measures `kubectl apply --server-side` of the same objects. The
times depend on the machine: compare the ratios.
"""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from bench.measure import Measurement, measure
from sandbox.controlplane import ControlPlane, ensure_prerequisites, prerequisite_namespaces
from sandbox.stack.project import homelab_config, set_up_by_hand, write_project
from tooling.stack import Workspace
from tooling.stack.workspace import CHECKOUT
from tooling.toolchain import Tools, ensure_tools
from tooling.toolchain.progress import Reporter

SIZES = (10, 100, 1000)
STACK = "bench"
OPERATIONS = ("preview of all", "first up", "preview, no change", "up, no change", "kubectl apply")


@dataclass(frozen=True)
class Size:
    """The measurements with one number of apps. 0 is the declared homelab."""

    apps: int
    objects: int
    taken: dict[str, Measurement]


def main() -> None:
    """Measure all sizes, one control plane at a time, and print the result."""
    # Wide enough for all rows, also if the output is not a terminal.
    console = Console(width=150)
    sizes = [0, *(tuple(int(argument) for argument in sys.argv[1:]) or SIZES)]
    tools = ensure_tools(Reporter())
    measured = []
    for apps in sizes:
        console.print(f"{_label(apps)} …")
        measured.append(_measure_size(tools, apps))
    for table in (_times(measured), _split(measured)):
        console.print(table)


def declared(apps: int) -> dict[str, object]:
    """
    Return the homelab's config with this number of apps. Each app owns its namespace and reads one key.

    A program gets its config in one environment variable, which is too small for more keys of a thousand apps.
    Infisical is set up by hand, because `kubectl apply` cannot set it up.
    """
    config = set_up_by_hand(homelab_config())
    if apps:
        config["homelab:apps"] = {
            f"app-{number:04}": {
                "namespace": f"app-{number:04}",
                "createNamespace": True,
                "keys": {f"APP_{number:04}": {"source": "manual"}},
            }
            for number in range(apps)
        }
    return config


def _measure_size(tools: Tools, apps: int) -> Size:
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        taken: dict[str, Measurement] = {}
        with ControlPlane(folder / "plane", tools.binaries, tethered=True) as plane:
            ensure_prerequisites(plane, tools.crds, prerequisite_namespaces(CHECKOUT / "Pulumi.homelab.yaml"))
            workspace = Workspace(folder / "workspace", tools, plane.kubeconfig, stack=STACK)
            workspace.ensure(Reporter())
            project = folder / "project"
            write_project(project, STACK, declared(apps))
            workspace.run("stack", "init", STACK, cwd=project)
            servers = {"API server": _pid(plane, "kube-apiserver"), "etcd": _pid(plane, "etcd")}
            for operation, arguments in (
                ("preview of all", ("preview",)),
                ("first up", ("up", "--yes", "--skip-preview")),
                ("preview, no change", ("preview", "--expect-no-changes")),
                ("up, no change", ("up", "--yes", "--skip-preview", "--expect-no-changes")),
            ):
                argv = [str(workspace.bin / "pulumi"), "--non-interactive", *arguments, "--suppress-outputs"]
                taken[operation] = measure(argv, workspace.environment(), project, servers)
            objects = _objects(json.loads(workspace.run("stack", "export", "--show-secrets", cwd=project)))
        manifests = folder / "manifests.json"
        manifests.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))
        with ControlPlane(folder / "kubectl", tools.binaries, tethered=True) as plane:
            ensure_prerequisites(plane, tools.crds, prerequisite_namespaces(CHECKOUT / "Pulumi.homelab.yaml"))
            servers = {"API server": _pid(plane, "kube-apiserver"), "etcd": _pid(plane, "etcd")}
            kubectl = [str(tools.kubectl.path), "--kubeconfig", str(plane.kubeconfig)]
            argv = [*kubectl, "apply", "--server-side", "--filename", str(manifests)]
            taken["kubectl apply"] = measure(argv, {}, folder, servers)
    return Size(apps, len(objects), taken)


def _objects(deployment: dict[str, Any]) -> list[Any]:
    """Return the declared Kubernetes objects of a stack, in creation order."""
    resources = deployment["deployment"]["resources"]
    declared = [
        resource["inputs"]
        for resource in resources
        if resource["type"].startswith("kubernetes:") and not resource.get("external")
    ]
    return [_plain(inputs) for inputs in declared]


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        if "plaintext" in value:
            return json.loads(value["plaintext"])
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value


def _pid(plane: ControlPlane, name: str) -> int:
    pid = plane.status().pids[name]
    assert pid is not None
    return pid


def _label(apps: int) -> str:
    return f"{apps:,} apps" if apps else "the homelab"


def _times(measured: list[Size]) -> Table:
    table = Table(title="Wall time in seconds (times kubectl's), memory, and growth", box=SIMPLE)
    table.add_column("apps")
    table.add_column("objects", justify="right")
    for operation in OPERATIONS:
        table.add_column(operation, justify="right")
    table.add_column("peak memory", justify="right")
    table.add_column("ms/object, first up", justify="right")
    for size in measured:
        kubectl = size.taken["kubectl apply"].wall
        walls = (size.taken[operation].wall for operation in OPERATIONS)
        table.add_row(
            _label(size.apps),
            f"{size.objects:,}",
            *(f"{wall:.1f} ({wall / kubectl:.1f}x)" for wall in walls),
            f"{max(taken.peak_memory for taken in size.taken.values()) / 2**20:.0f} MiB",
            f"{1000 * size.taken['first up'].wall / size.objects:.1f}",
        )
    return table


def _split(measured: list[Size]) -> Table:
    table = Table(title="Where the CPU time goes, in seconds (kubectl is listed under engine)", box=SIMPLE)
    table.add_column("apps")
    table.add_column("operation")
    parts = ("engine", "language host", "program", "plugins", "API server", "etcd")
    for part in parts:
        table.add_column(part, justify="right")
    for size in measured:
        for operation in OPERATIONS:
            cpu = size.taken[operation].cpu
            table.add_row(_label(size.apps), operation, *(f"{cpu.get(part, 0):.1f}" for part in parts))
    return table


if __name__ == "__main__":
    main()
