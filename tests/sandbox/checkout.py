"""A separate checkout with a small program, on which `python -m sandbox` runs as make calls it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.checkout import CHECKOUT

PACKAGES = ("declaration", "infisical", "plugins", "sandbox", "tooling")

PROGRAM = """\
import pulumi
import pulumi_kubernetes as kubernetes
import pulumi_random as random

config = pulumi.Config()
password = random.RandomPassword("password", length=24)
kubernetes.core.v1.Secret(
    "web",
    metadata={"name": "web", "namespace": "argocd"},
    string_data={"password": password.result, "oidc": config.require_secret("argocdOidcClientSecret")},
)
pulumi.export("size", config.require_int("rotateEveryDays"))
"""

WAITING = {
    "apiVersion": "external-secrets.io/v1",
    "kind": "ExternalSecret",
    "metadata": {"name": "waiting", "namespace": "web"},
    "spec": {
        "secretStoreRef": {"kind": "ClusterSecretStore", "name": "none"},
        "data": [{"secretKey": "key", "remoteRef": {"key": "KEY"}}],
    },
}
"""An ExternalSecret whose store does not exist."""

KEYS = {"KEY": {"source": "generate", "kind": "hex", "size": 12}}

HOMELAB = {
    "homelab:infisical": {"url": "https://infisical.example.net", "adminEmail": "admin@example.net"},
    "homelab:store": {"hostAPI": "http://infisical:8080", "projectSlug": "homelab", "environmentSlug": "prod"},
    "homelab:rotateEveryDays": 1,
    "homelab:apps": {
        "web": {"namespace": "web", "createNamespace": False, "keys": KEYS},
        "own": {"namespace": "own", "createNamespace": True, "keys": KEYS},
        "other": {"namespace": "web", "store": {"name": "vault"}, "keys": {"TOKEN": {"key": "web"}}},
    },
}


def is_record(file: Path) -> bool:
    """Next to each record of a process there is its log."""
    return file.with_suffix(".log").exists()


@dataclass(frozen=True)
class Checkout:
    """A separate checkout with its own `.sandbox`."""

    folder: Path

    @property
    def stack_file(self) -> Path:
        return self.folder / "Pulumi.sandbox.yaml"

    @property
    def checkpoint(self) -> Path:
        """The state of the stack."""
        return self.folder / ".sandbox" / "state" / ".pulumi" / "stacks" / "homelab" / "sandbox.json"

    def write_program(self, text: str) -> None:
        (self.folder / "__main__.py").write_text(text)

    def command(self, *verbs: str) -> list[str]:
        return [sys.executable, "-m", "sandbox", *verbs]

    def run(self, *verbs: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*verbs),
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def must(self, *verbs: str) -> str:
        done = self.run(*verbs)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def declare(self, **changes: Any) -> None:
        config = {**HOMELAB, **{f"homelab:{key}": value for key, value in changes.items()}}
        (self.folder / "Pulumi.homelab.yaml").write_text(yaml.safe_dump({"config": config}))

    def shell(self, script: str) -> str:
        """Run a script after `. .sandbox/env`, in a shell without other variables."""
        done = subprocess.run(
            ["/bin/sh", "-euc", f". .sandbox/env\n{script}"],
            cwd=self.folder,
            env={"PATH": "/usr/bin:/bin", "HOME": os.environ["HOME"], "PULUMI_CONFIG_PASSPHRASE": "another"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def locks(self) -> list[Path]:
        """The locks that a running or killed pulumi holds."""
        return list((self.folder / ".sandbox" / "state" / ".pulumi" / "locks").rglob("*.json"))

    def pids(self) -> list[int]:
        """Return the pids of the cluster's processes, from their records."""
        records = [
            json.loads(file.read_text()) for file in (self.folder / ".sandbox").rglob("*.json") if is_record(file)
        ]
        return [record["pid"] for record in records]

    def config(self) -> dict[str, Any]:
        content: dict[str, Any] = yaml.safe_load(self.stack_file.read_text())
        return content


def make_checkout(folder: Path) -> Checkout:
    """Write the files of a checkout; nothing is started."""
    folder.mkdir()
    for package in PACKAGES:
        (folder / package).symlink_to(CHECKOUT / package)
    project = {"name": "homelab", "runtime": {"name": "python", "options": {"virtualenv": sys.prefix}}}
    # Adopts an object that a killed pulumi created without recording it.
    project["config"] = {"kubernetes:upsertExistingObjects": {"value": True}}
    (folder / "Pulumi.yaml").write_text(yaml.safe_dump(project))
    checkout = Checkout(folder)
    checkout.write_program(PROGRAM)
    checkout.declare()
    return checkout


@contextmanager
def running_up(checkout: Checkout, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`make up` in its own process group, as a shell starts it."""
    with (
        log.open("wb") as output,
        subprocess.Popen(
            checkout.command("up"),
            cwd=checkout.folder,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as up,
    ):
        try:
            yield up
        finally:
            # After a failed test, its slow program would run on.
            up.kill()


def slow_program(started: Path) -> str:
    return PROGRAM + f"open({str(started)!r}, 'w').close()\nimport time\ntime.sleep(600)\n"
