"""A chart repository with two versions, and a stand-in for Helm that serves them."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from operations.__main__ import main

OLD, NEW = "1.7.2", "2.0.0"

DEFAULTS: dict[str, Any] = {
    "infisical": {
        "replicaCount": 1,
        "kubeSecretRef": "",
        "image": {"repository": "infisical/infisical", "tag": "v0.150.0"},
        "service": {"type": "ClusterIP", "nodePort": ""},
        "resources": {},
    },
    "ingress": {"enabled": True, "annotations": {}},
    "postgresql": {"enabled": True, "fullnameOverride": "postgresql", "auth": {"username": "", "database": ""}},
    "redis": {"enabled": True, "fullnameOverride": "redis", "architecture": "standalone", "auth": {}},
}
ABOUT: dict[str, Any] = {
    "name": "infisical-standalone",
    "version": OLD,
    "appVersion": "v0.150.0",
    "dependencies": [{"name": "postgresql", "version": "14.1.3"}, {"name": "redis", "version": "18.14.0"}],
}

_HELM = """#!{python}
import json, pathlib, shutil, sys
charts = pathlib.Path({charts!r})
arguments = sys.argv[1:]
with (charts / "calls").open("a") as calls:
    calls.write(json.dumps(arguments) + "\\n")
options = dict(zip(arguments, arguments[1:]))
if arguments[0] == "pull":
    version = options.get("--version", {newest!r})
    if not (charts / version).is_dir():
        sys.exit(f"Error: chart version {{version!r}} not found")
    shutil.copytree(charts / version, pathlib.Path(options["--untardir"]) / arguments[1])
else:
    shutil.copy(options["--values"], charts / "given.yaml")
    sys.stdout.write((pathlib.Path(arguments[2]) / "rendered.yaml").read_text())
"""


@dataclass(frozen=True)
class Charts:
    folder: Path
    project: Path
    capsys: pytest.CaptureFixture[str]

    def add(self, about: dict[str, Any], defaults: dict[str, Any], objects: list[dict[str, Any]]) -> None:
        """Add a version, with what it renders."""
        chart = self.folder / about["version"]
        chart.mkdir()
        (chart / "Chart.yaml").write_text(yaml.safe_dump(about))
        (chart / "values.yaml").write_text(yaml.safe_dump(defaults))
        (chart / "rendered.yaml").write_text(yaml.safe_dump_all(objects))

    def declare(self, config: dict[str, Any]) -> None:
        content = {"config": {f"homelab:{key}": value for key, value in config.items()}}
        (self.project / "Pulumi.homelab.yaml").write_text(yaml.safe_dump(content))

    def check(self, *arguments: str) -> tuple[int, str]:
        """The exit code and the output of the command."""
        self.capsys.readouterr()
        code = main(["upgrade-check", *arguments, "--project", str(self.project)])
        printed = self.capsys.readouterr()
        return code, printed.out + printed.err

    @property
    def calls(self) -> list[list[str]]:
        return [json.loads(line) for line in (self.folder / "calls").read_text().splitlines()]

    @property
    def given(self) -> dict[str, Any]:
        """The values that Helm rendered last."""
        found: dict[str, Any] = yaml.safe_load((self.folder / "given.yaml").read_text())
        return found


def install_helm(folder: Path, charts: Path, patch: pytest.MonkeyPatch) -> None:
    """Put the stand-in on PATH, and a kubectl that knows the version of its cluster."""
    folder.mkdir()
    (folder / "helm").write_text(_HELM.format(python=sys.executable, charts=str(charts), newest=NEW))
    (folder / "kubectl").write_text('#!/bin/sh\necho \'{"gitVersion": "v1.35.4"}\'\n')
    for program in ("helm", "kubectl"):
        (folder / program).chmod(0o755)
    patch.setenv("PATH", str(folder))


def rendered(tag: str, **spec: Any) -> list[dict[str, Any]]:
    """What a chart renders: a Deployment, and a Secret with a password of its own."""
    labels = {"helm.sh/chart": f"infisical-standalone-{tag}", "app": "infisical"}
    container = {"name": "infisical", "image": f"infisical/infisical:{tag}"}
    return [
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "infisical", "labels": labels},
            "spec": {"replicas": 1, **spec, "template": {"spec": {"containers": [container]}}},
        },
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "postgresql", "labels": labels},
            "data": {"postgres-password": f"canary-{tag}"},
        },
    ]
