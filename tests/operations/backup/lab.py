"""A deployed homelab: a simulated pulumi, the fake Infisical, and a real PostgreSQL in place of the chart's pod."""

from __future__ import annotations

import base64
import json
import shlex
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pyrage
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from declaration.cluster.chart_values import POSTGRESQL_KEY, REDIS_KEY
from tests.checkout import CHECKOUT
from tests.operations.encryption_key.fakes.administrator import logged_in
from tests.operations.encryption_key.fakes.fake_stack import SECRET_MARK
from tests.operations.encryption_key.postgres_pod import PostgresPod
from tests.operations.values.lab import Lab, Ran
from tooling.processes.run import Done
from tooling.stack.pulumi import Pulumi

KEY: Final = "0123456789abcdef0123456789abcdef"
ROOT_KEY: Final = b"canary-root-key-of-32-bytes-----"
VALUES: Final = {"WEB_TOKEN": "canary-web-token", "WEB_KEY": "canary-web-key", "UNDECLARED": "canary-undeclared"}
IN_A_FOLDER: Final = {"DEEP": "canary-in-a-folder"}
IN_THE_DATABASE: Final = "canary-in-the-database"
SECRETS: Final = {
    "infisicalEncryptionKey": KEY,
    "infisicalAuthSecret": "canary-auth-secret",
    "infisicalPostgresPassword": "canary-postgres",
    "infisicalRedisPassword": "canary-redis",
}
STACK_FILE: Final = "Pulumi.homelab.yaml"


def secret(value: Any, *, decrypted: bool) -> dict[str, str]:
    form = {"plaintext": json.dumps(value)} if decrypted else {"ciphertext": f"v1:{len(str(value))}"}
    return {SECRET_MARK: "1", **form}


@dataclass
class BackupLab:
    """
    :param identity: a file with an age identity; `recipient` is its public key
    :param database: `bundled` or `separate`
    """

    lab: Lab
    pod: PostgresPod
    identity: Path
    recipient: str
    database: str = "bundled"
    key_in_cluster: str = KEY
    commands: list[str] = field(default_factory=list)

    @classmethod
    def create(cls, lab: Lab, pod: PostgresPod) -> BackupLab:
        identity = pyrage.x25519.Identity.generate()
        file = lab.write("key.txt", f"# created by a test\n{identity}\n")
        made = cls(lab, pod, file, str(identity.to_public()))
        pod.reset()
        made.fill_database()
        made._install()
        lab.set(VALUES)
        lab.set(IN_A_FOLDER, "/apps")
        return made

    @property
    def target(self) -> Path:
        folder = self.lab.folder / "backups"
        folder.mkdir(exist_ok=True)
        return folder

    def fill_database(self, key: str = KEY) -> None:
        fill_database(self.pod, key)

    def run(self, *arguments: str | Path) -> Ran:
        """Run `backup` with these arguments in the project."""
        return self.lab.run_as_is("backup", *arguments, "--project", self.lab.project)

    def back_up(self, *arguments: str | Path, recipients: tuple[str, ...] = ()) -> Ran:
        given = [part for each in recipients or (self.recipient,) for part in ("--recipient", each)]
        return self.run("--to", self.target, *given, *arguments)

    def verify(self, folder: Path, *arguments: str | Path) -> Ran:
        return self.plain("verify", folder, *arguments)

    def plain(self, *arguments: str | Path) -> Ran:
        """Run a subcommand, which has no option --project."""
        return self.lab.run_as_is("backup", *arguments)

    def started(self) -> subprocess.Popen[str]:
        """`backup` as a process of its own, with a pulumi that prints the state."""
        states = [self.lab.write(f"state-{each}", json.dumps(self.state(decrypted=each))) for each in (False, True)]
        program = self.lab.folder / "kubectl" / "pulumi"
        encrypted, decrypted = (shlex.quote(str(each)) for each in states)
        program.write_text(f'#!/bin/sh\ncase "$*" in *--show-secrets*) cat {decrypted};; *) cat {encrypted};; esac\n')
        program.chmod(0o755)
        options = ["--to", self.target, "--recipient", self.recipient, "--project", self.lab.project]
        argv = [sys.executable, "-m", "operations", "backup", *map(str, options)]
        return subprocess.Popen(argv, cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def administrate(self, method: str, path: str, **body: Any) -> None:
        """A call of the administrator about the project."""
        with logged_in(self.lab.url) as admin:
            admin.call(method, f"/api/v1/projects/{admin.project_id()}/{path}", **body)

    def backup(self) -> Path:
        """The only backup."""
        (folder,) = self.backups()
        return folder

    def backups(self) -> list[Path]:
        return sorted(each for each in self.target.iterdir() if not each.name.startswith("."))

    def manifest(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.backup() / "manifest.json").read_text())
        return found

    def opened(self, part: str) -> bytes:
        """A decrypted part of the only backup."""
        identity = pyrage.x25519.Identity.from_str(self.identity.read_text().splitlines()[1])
        content: bytes = pyrage.decrypt((self.backup() / f"{part}.age").read_bytes(), [identity])
        return content

    def state(self, *, decrypted: bool) -> dict[str, Any]:
        """What the stack's state has of Infisical."""

        def hidden(value: Any) -> dict[str, str]:
            return secret(value, decrypted=decrypted)

        passwords = {
            "bundled": (
                "infisical-helm-secrets",
                {
                    "values.yaml": 'postgresql:\n  auth:\n    password: "canary-postgres"\n'
                    'redis:\n  auth:\n    password: "canary-redis"\n'
                },
            ),
            "separate": (
                "infisical-database",
                {POSTGRESQL_KEY: "canary-postgres", REDIS_KEY: "canary-redis", "DB_CONNECTION_URI": "canary-uri"},
            ),
        }
        name, values = passwords[self.database]
        encoded = {key: _base64(value) for key, value in values.items()}
        own = {"ENCRYPTION_KEY": KEY, "AUTH_SECRET": "canary-auth-secret"}
        return {
            "version": 3,
            "deployment": {
                "resources": [
                    _resource("pulumi:providers:infisical", "infisical", inputs=self._provider(hidden)),
                    _resource("pulumi:index:Stash", "infisical-encryption-key", outputs={"output": hidden(KEY)}),
                    _resource("kubernetes:core/v1:Secret", "infisical-secrets", inputs={"stringData": hidden(own)}),
                    _resource("kubernetes:core/v1:Secret", name, inputs={"data": hidden(encoded)}),
                ]
            },
        }

    def _provider(self, hidden: Any) -> Mapping[str, Any]:
        found = dict(self.lab.pulumi.provider)
        return {**found, "password": hidden(found["password"])}

    def _install(self) -> None:
        answer = self.lab.pulumi.answer

        def attempt(_: Pulumi, *arguments: str, cwd: Path, given: str | None = None) -> Done:
            if arguments[:2] == ("stack", "export"):
                self.lab.pulumi.arguments.append(" ".join(arguments))
                return Done(0, json.dumps(self.state(decrypted="--show-secrets" in arguments)), "")
            return answer(arguments, given)

        self.lab.patch.setattr(Pulumi, "attempt", attempt)
        self.kubectl()
        self.lab.patch.setenv("PATH", str(self.lab.folder / "kubectl"), prepend=":")

    def kubectl(self, exec_fails: str = "", pod_password: str = "") -> None:
        """
        Write the kubectl on PATH: `exec` runs in the pod.

        :param exec_fails: shell code in place of `exec`
        :param pod_password: POSTGRES_PASSWORD in the pod
        """
        folder = self.lab.folder / "kubectl"
        folder.mkdir(exist_ok=True)
        in_pod = shlex.quote(str(self.pod.kubectl(POSTGRES_PASSWORD=pod_password) / "kubectl"))
        encoded = {"data": {"ENCRYPTION_KEY": _base64(self.key_in_cluster), POSTGRESQL_KEY: _base64("canary-postgres")}}
        image = {"spec": {"template": {"spec": {"containers": [{"image": "docker.io/infisical/infisical:v0.158.0"}]}}}}
        all_arguments = '"$@"'
        program = folder / "kubectl"
        program.write_text(
            f'#!/bin/sh\nprintf "%s\\n" "$*" >> {shlex.quote(str(self.pod.arguments))}\n'
            'case "$*" in\n'
            f"exec*) {exec_fails or f'exec {in_pod} {all_arguments}'} ;;\n"
            f"get\\ secret*) echo {shlex.quote(json.dumps(encoded))};;\n"
            f"get\\ deployments*) echo {shlex.quote(json.dumps({'items': [image]}))};;\n"
            "esac\n"
        )
        program.chmod(0o755)


def fill_database(pod: PostgresPod, key: str = KEY) -> None:
    """The table with the root key, as Infisical encrypts it, and a table with a value."""
    nonce = b"n" * 12
    encrypted = (nonce + AESGCM(key.encode()).encrypt(nonce, ROOT_KEY, None)).hex()
    pod.ask(
        "DROP TABLE IF EXISTS kms_root_config; "
        'CREATE TABLE kms_root_config (id uuid, "encryptedRootKey" bytea, "encryptionStrategy" text); '
        f"INSERT INTO kms_root_config VALUES (gen_random_uuid(), '\\x{encrypted}', 'SOFTWARE'); "
        "DROP TABLE IF EXISTS secrets; "
        f"CREATE TABLE secrets AS SELECT '{IN_THE_DATABASE}' || n AS value FROM generate_series(1, 5000) n",
        database="infisicalDB",
    )


def plain_files(folder: Path) -> bytes:
    """Everything in a folder, also what is hidden."""
    return b"\0".join(each.read_bytes() for each in sorted(folder.rglob("*")) if each.is_file())


def _resource(kind: str, name: str, **others: Any) -> dict[str, Any]:
    return {"type": kind, "urn": f"urn:pulumi:homelab::homelab::{kind}::{name}", **others}


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
