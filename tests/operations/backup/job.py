"""The job in the cluster, run here: the commands of its containers, one after the other, with the real programs."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

from operations.__main__ import main
from tests.components.program import Run, run
from tests.declaration.stack_config import S3_LOGIN, stack_file
from tests.operations.encryption_key.postgres_pod import PostgresPod
from tests.operations.values.lab import Ran

MOUNTED: Final = ("/config", "/plain", "/work", "/backups")
OBJECT: Final = "infisical/infisical-backup"


def registered(database: Mapping[str, Any] | None = None, **backup: Any) -> Run:
    """What the program registers for this `homelab:backup`."""
    config = stack_file()
    if database:
        config["infisical"] |= {"database": dict(database)}
    if (database or {}).get("kind") == "external":
        config["infisicalRedisUrl"] = "redis://canary-redis@redis:6379"
    place = {} if "s3" in backup else {"volume": {"size": "5Gi"}}
    return run({**config, **(S3_LOGIN if "s3" in backup else {}), "backup": {"schedule": "@daily", **place, **backup}})


def template_of(done: Run) -> dict[str, Any]:
    """The template of the job's pod."""
    template: dict[str, Any] = done.objects()[f"CronJob {OBJECT}"]["spec"]["jobTemplate"]["spec"]["template"]
    return template


def pod_of(done: Run) -> dict[str, Any]:
    spec: dict[str, Any] = template_of(done)["spec"]
    return spec


@dataclass(frozen=True)
class Owner:
    """
    The owner of the backups, who runs `backup` outside of a project.

    :param identity: a file with an age identity; `recipient` is its public key
    :param pod: with a filled database
    """

    identity: Path
    recipient: str
    pod: PostgresPod
    capfd: pytest.CaptureFixture[str]

    def plain(self, *arguments: str | Path) -> Ran:
        self.capfd.readouterr()
        code = main(["backup", *map(str, arguments)])
        printed = self.capfd.readouterr()
        return Ran(code, printed.out, printed.err)

    def verify(self, folder: Path, *arguments: str | Path) -> Ran:
        return self.plain("verify", folder, *arguments)


@dataclass
class Job:
    """
    :param folder: has what the pod mounts
    :param path: where the programs of the images are
    :param secrets: by the name of the variable, what a Secret holds
    :param variables: that differ from those of the pod
    """

    done: Run
    folder: Path
    path: str
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def volume(self) -> Path:
        return self._mount("backups")

    def run(self, **programs: Path) -> subprocess.CompletedProcess[str]:
        """
        Run the containers in a new pod, until one fails. The volume stays.

        :param programs: a folder with other programs, by the name of the container
        """
        for name in ("config", "plain", "work"):
            shutil.rmtree(self._mount(name))
        for name, text in self.done.objects()[f"ConfigMap {OBJECT}"]["data"].items():
            (self._mount("config") / name).write_text(text)
        self._mount("plain")
        self._mount("work")
        self._mount("backups")
        pod = pod_of(self.done)
        for container in (*pod["initContainers"], *pod["containers"]):
            first = programs.get(container["name"])
            done = self._step(container, f"{first}:{self.path}" if first else self.path)
            if done.returncode:
                break
        return done

    def names(self) -> list[str]:
        """What the volume has, also what is hidden."""
        return sorted(each.name for each in self.volume.iterdir())

    def _step(self, container: Mapping[str, Any], path: str) -> subprocess.CompletedProcess[str]:
        program, *arguments = map(self._here, container["command"])
        given = {each["name"]: self._value(each) for each in container.get("env", ())}
        environment = {"PATH": f"{path}:{os.environ['PATH']}", **given, **self.variables}
        argv = [shutil.which(program, path=environment["PATH"]) or program, *arguments]
        return subprocess.run(argv, env=environment, capture_output=True, text=True, check=False)

    def _value(self, variable: Mapping[str, Any]) -> str:
        return self.secrets[variable["name"]] if "valueFrom" in variable else self._here(variable["value"])

    def _here(self, text: str) -> str:
        for each in MOUNTED:
            if text == each or f"{each}/" in text:
                return text.replace(each, f"{self.folder}{each}", 1)
        return text

    def _mount(self, name: str) -> Path:
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        return folder
