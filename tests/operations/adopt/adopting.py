"""Runs the command on files, and returns what it reports and writes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from operations.adopt import main

CORPUS = Path(__file__).parent / "corpus"
STORE = CORPUS / "store.yaml"


@dataclass(frozen=True)
class Ran:
    """
    :param code: the exit code
    :param report: what `--json` prints
    """

    code: int
    report: dict[str, Any]

    def results(self) -> dict[str, str]:
        """By `namespace/name`."""
        return {_place(each): each["result"] for each in self.report["externalSecrets"]}

    def reasons(self) -> dict[str, list[str]]:
        """By `namespace/name`, why it is not adopted."""
        return {
            _place(each): [
                *each["reasons"],
                *(f"{one['path']}: {one['was']} → {one['wouldBe']}: {one['reason']}" for one in each["differences"]),
            ]
            for each in self.report["externalSecrets"]
            if each["result"] != "adopted"
        }

    def not_read(self) -> dict[str, str]:
        """By the file's name, why it was not read."""
        return {Path(each["where"]).name: each["reason"] for each in self.report["notRead"]}


@dataclass(frozen=True)
class Project:
    """A project in a folder."""

    folder: Path
    capsys: pytest.CaptureFixture[str]

    def adopt(self, *arguments: str | Path) -> Ran:
        self.capsys.readouterr()
        code = main([*map(str, arguments), "--project", str(self.folder), "--json", "--yes"])
        return Ran(code, json.loads(self.capsys.readouterr().out))

    def run(self, *arguments: str | Path) -> tuple[int, str, str]:
        """As a user sees it: the exit code, stdout and stderr."""
        self.capsys.readouterr()
        code = main([*map(str, arguments), "--project", str(self.folder)])
        printed = self.capsys.readouterr()
        return code, printed.out, printed.err

    def apps(self, folder: str = "apps") -> dict[str, Any]:
        return {file.stem: yaml.safe_load(file.read_text()) for file in sorted((self.folder / folder).glob("*.yaml"))}

    def config(self) -> dict[str, Any]:
        found: dict[str, Any] = yaml.safe_load((self.folder / "Pulumi.homelab.yaml").read_text())["config"]
        return found


def external_secret(namespace: str, name: str, spec: Mapping[str, Any], **metadata: Any) -> dict[str, Any]:
    return {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ExternalSecret",
        "metadata": {"name": name, **({"namespace": namespace} if namespace else {}), **metadata},
        "spec": {"secretStoreRef": {"kind": "ClusterSecretStore", "name": "infisical"}, **spec},
    }


def reading(key: str, secret_key: str = "") -> dict[str, Any]:
    """The spec of an ExternalSecret with one key."""
    return {"data": [{"secretKey": secret_key or key, "remoteRef": {"key": key}}]}


def write(file: Path, *objects: Any) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(yaml.safe_dump_all(objects, sort_keys=False))
    return file


def _place(each: Mapping[str, Any]) -> str:
    return f"{each['namespace']}/{each['name']}".lstrip("/")
