"""A project, its stack with a simulated pulumi, and the fake Infisical server."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

from operations.__main__ import main
from sandbox.infisical.fake import FakeInfisical
from tests.operations.encryption_key.fakes.administrator import EMAIL, PASSWORD, Administrator, logged_in, set_up
from tooling.processes.run import Done
from tooling.stack.pulumi import Pulumi

APPS: Final[dict[str, Any]] = {
    "web": {
        "namespace": "web",
        "keys": {
            "WEB_TOKEN": {"source": "config", "secretKeys": ["TOKEN"]},
            "WEB_KEY": {"source": "generate", "kind": "hex", "size": 32, "immutable": True},
            "WEB_LOGIN": {"source": "manual"},
        },
    },
    "mail": {
        "namespace": "mail",
        "keys": {
            "MAIL_PASSWORD": {"source": "config"},
            "MAIL_DATABASE": {"source": "config", "changeCommand": "true"},
        },
    },
}
PREFIX: Final = "homelab:values."


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        return self.out + self.err


@dataclass
class FakePulumi:
    """A stack: `values` are its decrypted `homelab:values`, `arguments` those of all commands."""

    values: dict[str, str] = field(default_factory=dict)
    config: dict[str, str] = field(default_factory=dict)
    provider: dict[str, str] = field(default_factory=dict)
    arguments: list[str] = field(default_factory=list)
    fails_from: int = 1000
    """The number of values from which on `config set` fails."""

    def install(self, programs: Path, patch: pytest.MonkeyPatch) -> None:
        programs.mkdir()
        (programs / "pulumi").write_text("#!/bin/sh\n")
        (programs / "pulumi").chmod(0o755)
        patch.setenv("PATH", str(programs), prepend=":")
        patch.setattr(Pulumi, "attempt", lambda _, *arguments, cwd, given=None: self.answer(arguments, given))

    def answer(self, arguments: tuple[str, ...], given: str | None) -> Done:
        self.arguments.append(" ".join(arguments))
        match [each for each in arguments if each not in ("--color", "never")]:
            case ["config", "--json", "--show-secrets", "--stack", _]:
                found = {**self.config, "values": json.dumps(self.values)}
                return Done(0, json.dumps({f"homelab:{key}": {"value": value} for key, value in found.items()}), "")
            case ["config", "set", path, "--secret", "--path", "--stack", _]:
                if len(self.values) >= self.fails_from:
                    return Done(255, "", "error: the passphrase is wrong\n")
                assert given is not None
                # As pulumi does.
                self.values[path.removeprefix(PREFIX)] = given.removesuffix("\n")
                return Done(0, "", "")
            case ["stack", "export", "--show-secrets", "--stack", _]:
                urn = "urn:pulumi:homelab::homelab::pulumi:providers:infisical::infisical"
                provider = {"type": "pulumi:providers:infisical", "urn": urn, "inputs": self.provider}
                resources = [provider] if self.provider else []
                return Done(0, json.dumps({"deployment": {"resources": resources}}), "")
        raise AssertionError(arguments)


class Lab:
    """One homelab. Without `infisical`, no command may reach a server."""

    def __init__(
        self,
        folder: Path,
        capfd: pytest.CaptureFixture[str],
        patch: pytest.MonkeyPatch,
        infisical: FakeInfisical | None,
    ) -> None:
        self.folder = folder
        self.patch = patch
        self.project = folder / "project"
        self.project.mkdir()
        self.pulumi = FakePulumi()
        self.pulumi.install(folder / "programs", patch)
        self._capfd = capfd
        self.url = infisical.url if infisical else "http://127.0.0.1:1"
        for name in ("CLIENT_ID", "CLIENT_SECRET"):
            patch.delenv(f"INFISICAL_UNIVERSAL_AUTH_{name}", raising=False)
        self.declare()
        if infisical:
            set_up(self.url)
            self.pulumi.provider = {
                "url": self.url,
                "email": EMAIL,
                "password": PASSWORD,
                "organization": "homelab",
            }
            with logged_in(self.url) as admin:
                admin.deliver({})

    def declare(self, apps: Mapping[str, Any] = APPS, **others: Any) -> None:
        """Write the stack file."""
        infisical = {"url": self.url, "adminEmail": EMAIL, **others.pop("infisical", {})}
        if infisical.get("mode") == "manual":
            del infisical["adminEmail"]
        store = {"hostAPI": self.url, "projectSlug": "homelab", "environmentSlug": "prod"}
        config = {"infisical": infisical, "store": store | others.pop("store", {}), "apps": apps, **others}
        content = {f"homelab:{key}": value for key, value in config.items()}
        (self.project / "Pulumi.homelab.yaml").write_text(json.dumps({"config": content}))

    def write(self, name: str, text: str) -> Path:
        file = self.folder / name
        file.write_bytes(text.encode())
        return file

    def set(self, values: Mapping[str, str], path: str = "/") -> None:
        """What the owner does in Infisical's UI."""
        with logged_in(self.url) as admin:
            if path != "/":
                where = {"projectId": admin.project_id(), "environment": "prod", "path": "/"}
                admin.call("POST", "/api/v2/folders", **where, name=path.removeprefix("/"))
            for name, value in values.items():
                admin.set(name, value, path=path)

    def stored(self, path: str = "/") -> dict[str, str]:
        with logged_in(self.url) as admin:
            return {name: value for name, (value, _, _) in admin.secrets(path=path).items()}

    def identity(self, *actions: str) -> dict[str, str]:
        """A machine identity that may do this with the project's secrets, and nothing else: its variables."""
        with logged_in(self.url) as admin:
            return _identity(admin, list(actions or ("describeSecret", "readValue")))

    def run(self, *arguments: str | Path) -> Ran:
        return self.run_as_is(*self.arguments(*arguments))

    def run_as_is(self, *arguments: str | Path) -> Ran:
        """Run a command that is not told the project."""
        self._capfd.readouterr()
        code = main([*map(str, arguments)])
        printed = self._capfd.readouterr()
        return Ran(code, printed.out, printed.err)

    def arguments(self, command: str | Path, *arguments: str | Path) -> list[str | Path]:
        return [command, "--project", self.project, *arguments]

    def run_json(self, *arguments: str | Path) -> dict[str, Any]:
        ran = self.run(*arguments, "--json")
        found: dict[str, Any] = json.loads(ran.out)
        return found | {"code": ran.code}


def results(report: Mapping[str, Any]) -> dict[str, str]:
    """From the JSON of `import-values`: the result of each key."""
    return {each["key"]: each["result"] for each in report["values"]}


def _identity(admin: Administrator, actions: list[str]) -> dict[str, str]:
    body = {"name": "server", "organizationId": admin.organization, "role": "no-access"}
    identity = admin.call("POST", "/api/v1/identities", **body)["identity"]["id"]
    root = f"/api/v1/auth/universal-auth/identities/{identity}"
    networks = [{"ipAddress": "0.0.0.0/0"}]
    rules = {"accessTokenTTL": 3600, "accessTokenMaxTTL": 3600, "accessTokenNumUsesLimit": 0}
    trusted = {"accessTokenTrustedIps": networks, "clientSecretTrustedIps": networks}
    client = admin.call("POST", root, **rules, **trusted)["identityUniversalAuth"]["clientId"]
    made = admin.call("POST", f"{root}/client-secrets", description="server", numUsesLimit=0, ttl=0)
    project = admin.project_id()
    admin.call("POST", f"/api/v1/projects/{project}/memberships/identities/{identity}", role="no-access")
    permissions = [{"subject": "secrets", "action": actions, "conditions": {"environment": {"$eq": "prod"}}}]
    where = {"identityId": identity, "projectId": project, "slug": "server", "type": {"isTemporary": False}}
    admin.call("POST", "/api/v2/identity-project-additional-privilege", **where, permissions=permissions)
    return {
        "INFISICAL_UNIVERSAL_AUTH_CLIENT_ID": client,
        "INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET": made["clientSecret"],
    }
