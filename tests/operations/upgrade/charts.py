"""
Versions of a chart as Infisical's is, in a repository on loopback, and the real Helm.

The chart has the values that the program sets. As Infisical's does, it contains PostgreSQL and Redis, renders the
connection string with its password, and writes the time of rendering into the Deployment.
"""

from __future__ import annotations

import copy
import hashlib
import io
import tarfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from declaration.cluster.chart_values import CHART
from operations.__main__ import main

OLD, NEW = "1.7.2", "2.0.0"
CANARY: Final = "canary-of-a-password"

DEFAULTS: Final[Mapping[str, Any]] = {
    "infisical": {
        "replicaCount": 1,
        "kubeSecretRef": "",
        "image": {"repository": "infisical/infisical", "tag": "v0.150.0"},
        "service": {"type": "ClusterIP", "nodePort": ""},
        "resources": {},
    },
    "ingress": {"enabled": True, "annotations": {}},
    "postgresql": {
        "enabled": True,
        "fullnameOverride": "postgresql",
        "auth": {"username": "", "password": "", "database": ""},
        "useExistingPostgresSecret": {"enabled": False, "existingConnectionStringSecret": {"name": "", "key": ""}},
    },
    "redis": {"enabled": True, "fullnameOverride": "redis", "architecture": "standalone", "auth": {"password": ""}},
}

_DEPLOYMENT: Final = """
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}-{{ .Chart.Name }}-infisical
  labels:
    app: infisical
    helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
    app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
  annotations:
    updatedAt: {{ now.UnixNano | quote }}
spec:
  replicas: {{ .Values.infisical.replicaCount }}
  template:
    metadata:
      annotations:
        updatedAt: {{ now.UnixNano | quote }}
    spec:
      containers:
        - name: infisical
          image: "{{ .Values.infisical.image.repository }}:{{ .Values.infisical.image.tag }}"
          env:
          {{- with .Values.postgresql }}
          {{- if .useExistingPostgresSecret.enabled }}
            - name: DB_CONNECTION_URI
              valueFrom:
                secretKeyRef: {{- toYaml .useExistingPostgresSecret.existingConnectionStringSecret | nindent 18 }}
          {{- end }}
          {{- if .enabled }}
            - name: DB_CONNECTION_URI
              value: "postgresql://{{ .auth.username }}:{{ .auth.password }}@postgresql:5432"
          {{- end }}
          {{- end }}
"""
_SERVICE: Final = """
apiVersion: v1
kind: Service
metadata: {name: infisical}
spec:
  type: {{ .Values.infisical.service.type }}
  ports: [{port: 8080, nodePort: {{ .Values.infisical.service.nodePort }}}]
"""
_DATABASE: Final = """
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: {{ .Chart.Name }}}
spec:
  template:
    spec:
      containers:
        - name: {{ .Chart.Name }}
          image: "bitnamilegacy/{{ .Chart.Name }}:{{ .Chart.Version }}"
---
apiVersion: v1
kind: Secret
metadata:
  name: {{ .Chart.Name }}
  labels:
    helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
data:
  password: {{ .Values.auth.password | b64enc }}
  postgres-password: {{ randAlphaNum 16 }}
stringData: {note: CANARY}
"""

VALUES: Final = """
apiVersion: v1
kind: ConfigMap
metadata: {name: given}
data: {{- toYaml (dict "values" (toYaml .Values) "kubernetes" .Capabilities.KubeVersion.Version) | nindent 2 }}
"""
"""A template that shows what Helm was given."""


@dataclass
class Release:
    """
    A version of the chart.

    :param needs: the range of Kubernetes versions
    :param databases: the versions of the charts that it contains
    :param templates: further ones, by file name
    """

    version: str
    app_version: str = "v0.150.0"
    needs: str = ""
    databases: Mapping[str, str] = field(default_factory=lambda: {"postgresql": "14.1.3", "redis": "18.14.0"})
    defaults: dict[str, Any] = field(default_factory=lambda: copy.deepcopy(dict(DEFAULTS)))
    templates: dict[str, str] = field(default_factory=dict)

    def files(self) -> dict[str, str]:
        """The files of the chart."""
        dependencies = [
            {"name": name, "version": version, "condition": f"{name}.enabled"}
            for name, version in self.databases.items()
        ]
        found = {
            "Chart.yaml": yaml.safe_dump({**self.about, "dependencies": dependencies}),
            "values.yaml": yaml.safe_dump(self.defaults),
            "templates/deployment.yaml": _DEPLOYMENT,
            "templates/service.yaml": _SERVICE,
        }
        for name, version in self.databases.items():
            about = {"apiVersion": "v2", "name": name, "version": version}
            found[f"charts/{name}/Chart.yaml"] = yaml.safe_dump(about)
            found[f"charts/{name}/templates/database.yaml"] = _DATABASE.replace("CANARY", CANARY)
        return found | {f"templates/{name}": text for name, text in self.templates.items()}

    @property
    def about(self) -> dict[str, str]:
        needs = {"kubeVersion": self.needs} if self.needs else {}
        return {"apiVersion": "v2", "name": CHART, "version": self.version, "appVersion": self.app_version, **needs}


@dataclass(frozen=True)
class Charts:
    """The repository, the declaration, and the command."""

    folder: Path
    project: Path
    capsys: pytest.CaptureFixture[str]
    index: list[dict[str, Any]] = field(default_factory=list)

    def add(self, release: Release, name: str = CHART) -> None:
        archive = self.folder / f"{name}-{release.version}.tgz"
        with tarfile.open(archive, "w:gz") as packed:
            for path, text in release.files().items():
                about = tarfile.TarInfo(f"{name}/{path}")
                about.size = len(text.encode())
                packed.addfile(about, io.BytesIO(text.encode()))
        digest = hashlib.sha256(archive.read_bytes()).hexdigest()
        self.index.append({**release.about, "name": name, "urls": [archive.name], "digest": digest})
        entries = {
            name: [each for each in self.index if each["name"] == name]
            for name in {each["name"] for each in self.index}
        }
        (self.folder / "index.yaml").write_text(yaml.safe_dump({"apiVersion": "v1", "entries": entries}))

    def declare(self, config: dict[str, Any]) -> None:
        content = {"config": {f"homelab:{key}": value for key, value in config.items()}}
        (self.project / "Pulumi.homelab.yaml").write_text(yaml.safe_dump(content))

    def check(self, *arguments: str) -> tuple[int, str]:
        """The exit code and the output of the command."""
        self.capsys.readouterr()
        code = main(["upgrade-check", *arguments, "--project", str(self.project)])
        printed = self.capsys.readouterr()
        return code, printed.out + printed.err


def install(folder: Path, helm: Path, patch: pytest.MonkeyPatch, kubernetes: str = "v1.35.4") -> None:
    """Put Helm on PATH, with settings of its own, and a kubectl that knows the version of its cluster."""
    folder.mkdir(exist_ok=True)
    (folder / "helm").unlink(missing_ok=True)
    (folder / "helm").symlink_to(helm)
    executable(folder / "kubectl", f'echo \'{{"gitVersion": "{kubernetes}"}}\'')
    patch.setenv("PATH", str(folder))
    for name in ("HELM_CACHE_HOME", "HELM_CONFIG_HOME", "HELM_DATA_HOME"):
        patch.setenv(name, str(folder / name))


def executable(file: Path, body: str) -> Path:
    file.write_text(f"#!/bin/sh\n{body}\n")
    file.chmod(0o755)
    return file


class _Files(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve the repository; the result is its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Files, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
