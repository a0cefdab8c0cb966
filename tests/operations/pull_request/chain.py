"""A repository with the homelab's program and a chain of changes, each a tagged commit."""

from __future__ import annotations

import base64
import os
import secrets
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from tests.checkout import CHECKOUT

PROGRAM: Final = (
    "Pulumi.yaml",
    "Pulumi.homelab.yaml",
    "__main__.py",
    "components",
    "declaration",
    "infisical",
    "tooling",
    "requirements.txt",
    ".gitignore",
)
STACK_FILE: Final = "Pulumi.homelab.yaml"

COMMITTER: Final = {
    f"GIT_{who}_{what}": text
    for who in ("AUTHOR", "COMMITTER")
    for what, text in (("NAME", "somebody"), ("EMAIL", "somebody@example.net"))
}

MALICIOUS_METADATA: Final = """\
            metadata={
                **metadata(argocd),
                "annotations": {
                    "argocd.argoproj.io/sync-wave": "0",
                    "plain": pulumi.Output.unsecret(keys.encryption_key),
                    "encoded": pulumi.Output.unsecret(keys.auth_secret).apply(
                        lambda value: __import__("base64").b64encode(b"the key is " + value.encode()).decode()
                    ),
                    "hex": pulumi.Output.unsecret(keys.postgres_password).apply(
                        lambda value: value.encode().hex()
                    ),
                },
            },
"""
HONEST_METADATA: Final = "            metadata=metadata(argocd),\n"

MALICIOUS_END: Final = """
import json
import os
from pathlib import Path

from pulumi.runtime.config import CONFIG

shown = {
    "config": CONFIG.get(),
    "variables": dict(os.environ),
    "passphrase": Path(os.environ["PULUMI_CONFIG_PASSPHRASE_FILE"]).read_text(),
}
print(json.dumps(shown))
stolen = [text for text in os.environ.values() if "canary" in text]
config = {key: text for key, text in shown["config"].items() if len(text) < 100}
loot = {"config": config, "passphrase": shown["passphrase"], "variables": stolen}
raise RuntimeError(json.dumps(loot, sort_keys=True))
"""


@dataclass(frozen=True)
class Repository:
    """The repository. `planted` are the ciphertexts in its stack file."""

    folder: Path
    planted: tuple[str, ...]

    def git(self, *arguments: str) -> None:
        environment = {**os.environ, **COMMITTER, "GIT_CONFIG_GLOBAL": os.devnull}
        subprocess.run(["git", *arguments], cwd=self.folder, env=environment, check=True, capture_output=True)

    def config(self) -> dict[str, Any]:
        """The content of the stack file in the working tree."""
        content: dict[str, Any] = yaml.safe_load((self.folder / STACK_FILE).read_text(encoding="utf-8"))
        return content

    def declare(self, content: dict[str, Any]) -> None:
        (self.folder / STACK_FILE).write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")

    def replace(self, file: str, old: str, new: str) -> None:
        text = (self.folder / file).read_text(encoding="utf-8")
        assert old in text
        (self.folder / file).write_text(text.replace(old, new), encoding="utf-8")

    def commit(self, name: str) -> None:
        """Commit all files, and tag the commit."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", name)
        self.git("tag", name)


def make_repository(folder: Path) -> Repository:
    """Create the whole chain. It starts at `homelab`; the alternatives all follow `chart-upgraded`."""
    folder.mkdir()
    for name in PROGRAM:
        source = CHECKOUT / name
        ignored = shutil.ignore_patterns("__pycache__")
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=ignored)
        else:
            shutil.copyfile(source, folder / name)
    # Random, so that no program or recording can contain one.
    planted = tuple(f"v1:planted:{base64.b64encode(secrets.token_bytes(24)).decode()}" for _ in range(4))
    repository = Repository(folder, planted)
    repository.git("init", "--quiet", "--initial-branch", "main")
    content = repository.config()
    content["encryptionsalt"] = f"v1:of-the-owner:{planted[0]}"
    content["config"] |= {
        "homelab:infisicalEncryptionKey": {"secure": planted[1]},
        "homelab:argocdOidcClientSecret": {"secure": planted[2]},
        "homelab:values": {"OPENROUTER_API_KEY": {"secure": planted[3]}},
        "kubernetes:context": "the-homelab",
    }
    repository.declare(content)
    # As before the offline provider existed, with different packages.
    shutil.rmtree(folder / "infisical" / "offline")
    (folder / "requirements.txt").write_text("pulumi==3.0.0\n", encoding="utf-8")
    repository.commit("homelab")
    for name, change in _FILES.items():
        change(repository)
        repository.commit(name)
    repository.git("checkout", "--quiet", "homelab")
    repository.git("checkout", "--quiet", "-B", "main")
    for name, change in _CHAIN.items():
        change(repository)
        repository.commit(name)
    for name, change in _ALTERNATIVES.items():
        repository.git("checkout", "--quiet", "chart-upgraded")
        change(repository)
        repository.commit(name)
    repository.git("checkout", "--quiet", "main")
    return repository


def _apps(content: dict[str, Any]) -> dict[str, Any]:
    apps: dict[str, Any] = content["config"]["homelab:apps"]
    return apps


def _add_app(repository: Repository) -> None:
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(CHECKOUT / "infisical" / "offline", repository.folder / "infisical" / "offline", ignore=ignored)
    shutil.copyfile(CHECKOUT / "requirements.txt", repository.folder / "requirements.txt")
    content = repository.config()
    _apps(content)["paperless"] = {
        "namespace": "paperless",
        "createNamespace": True,
        "keys": {"PAPERLESS_SECRET_KEY": {"source": "generate", "kind": "hex", "size": 32, "immutable": True}},
        "literals": {"admin-user": "admin"},
    }
    repository.declare(content)


def _add_app_file(repository: Repository) -> None:
    """The same app as `app-added`, in the first file of a new folder."""
    _add_app(repository)
    content = repository.config()
    (repository.folder / "apps").mkdir()
    app = yaml.safe_dump(_apps(content).pop("paperless"), sort_keys=False)
    (repository.folder / "apps" / "paperless.yaml").write_text(app, encoding="utf-8")
    content["config"]["homelab:appFiles"] = "apps/"
    repository.declare(content)


def _remove_app_file(repository: Repository) -> None:
    """The only change is that a file with an immutable key is missing."""
    shutil.copyfile(repository.folder / "apps" / "paperless.yaml", repository.folder / "apps" / "wiki.yaml")
    repository.replace("apps/wiki.yaml", "paperless", "wiki")
    repository.replace("apps/wiki.yaml", "PAPERLESS", "WIKI")
    (repository.folder / "apps" / "paperless.yaml").unlink()


def _rename_key(repository: Repository) -> None:
    content = repository.config()
    keys = _apps(content)["openclaw"]["keys"]
    keys["GATEWAY_TOKEN"] = keys.pop("OPENCLAW_GATEWAY_TOKEN") | {"secretKeys": ["OPENCLAW_GATEWAY_TOKEN"]}
    repository.declare(content)


def _change_source(repository: Repository) -> None:
    content = repository.config()
    _apps(content)["grafana"]["keys"]["GRAFANA_ADMIN_PASSWORD"] = {"source": "config", "secretKeys": ["admin-password"]}
    repository.declare(content)


def _upgrade_chart(repository: Repository) -> None:
    content = repository.config()
    content["config"]["homelab:infisical"] |= {"chartVersion": "1.8.0", "replicas": 2, "tailscalePort": 8443}
    repository.declare(content)


def _touch_immutable(repository: Repository) -> None:
    content = repository.config()
    _apps(content)["authentik"]["keys"]["AUTHENTIK_SECRET_KEY"] |= {"size": 16}
    del _apps(content)["paperless"]
    repository.declare(content)
    repository.replace("components/installation/generated_keys.py", "protect=True", "protect=False")


def _rewire(repository: Repository) -> None:
    """The declaration stays the same. The program delivers different values."""
    for file, old, new in (
        (
            "components/installation/bootstrap.py",
            '"ENCRYPTION_KEY": keys.encryption_key',
            '"ENCRYPTION_KEY": keys.auth_secret',
        ),
        (
            "declaration/cluster/chart_values.py",
            '"kubeSecretRef": INFISICAL_SECRETS',
            '"kubeSecretRef": "secrets-of-others"',
        ),
        (
            "declaration/cluster/external_secrets.py",
            "key.name if folder == store_path",
            '"OTHER" if key.immutable else key.name if folder',
        ),
        ("components/managed/seeded_values.py", 'return "refuse" if key.id in given else "hold"', 'return "set"'),
        (
            "components/managed/seeded_values.py",
            "value=value,",
            "value=value.apply(lambda text: text[::-1]) if value else None,",
        ),
    ):
        repository.replace(file, old, new)


def _rotate(repository: Repository) -> None:
    content = repository.config()
    content["config"]["homelab:rotations"] = {"GATEWAY_TOKEN": "2026-11", "infisicalAuthSecret": "2026-11"}
    repository.declare(content)


def _invalidate_declaration(repository: Repository) -> None:
    content = repository.config()
    _apps(content)["grafana"]["namespace"] = "Monitoring"
    _apps(content)["openclaw"]["keys"]["GITHUB_TOKEN"] = {"source": "cofig"}
    content["config"]["homelab:infisicalAdminPasword"] = {"secure": repository.planted[3]}
    repository.declare(content)


def _leak_in_fields(repository: Repository) -> None:
    repository.replace("components/installation/application.py", HONEST_METADATA, MALICIOUS_METADATA)


def _leak_in_an_error(repository: Repository) -> None:
    file = repository.folder / "__main__.py"
    file.write_text(file.read_text(encoding="utf-8") + MALICIOUS_END, encoding="utf-8")


def _invalidate_object(repository: Repository) -> None:
    repository.replace(
        "declaration/cluster/external_secrets.py",
        '"refreshInterval": secret.refresh_interval',
        '"refreshIntervall": "1h0m0s"',
    )


_CHAIN = {
    "app-added": _add_app,
    "key-renamed": _rename_key,
    "source-changed": _change_source,
    "chart-upgraded": _upgrade_chart,
}
_FILES = {"app-file-added": _add_app_file, "app-file-removed": _remove_app_file}
"""A chain of its own, from `homelab` on."""
_ALTERNATIVES = {
    "values-rotated": _rotate,
    "immutable-touched": _touch_immutable,
    "immutable-rewired": _rewire,
    "declaration-invalid": _invalidate_declaration,
    "object-invalid": _invalidate_object,
    "secrets-in-fields": _leak_in_fields,
    "secrets-in-an-error": _leak_in_an_error,
}


def preview(
    repository: Path, base: str, head: str | None, temporary: Path, environment: dict[str, str] | None = None
) -> subprocess.Popen[str]:
    """Start the command. Its folder is in `temporary`."""
    argv = [sys.executable, "-m", "operations", "preview-pr", "--base", base, "--repository", str(repository)]
    return subprocess.Popen(
        [*argv, *(["--head", head] if head else [])],
        cwd=CHECKOUT,
        env={**os.environ, **(environment or {}), "TMPDIR": str(temporary)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
