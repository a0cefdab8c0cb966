"""
A stack without a homelab: the real engine, with offline providers.

The providers of Kubernetes and Infisical report every operation as done, and no command is run. The program may be
code that nobody has reviewed, so it gets none of the user's variables and an empty home. It is still a process of this
user, and can read the user's files and the arguments of other processes. Preview untrusted changes only on a machine
without secrets, such as a hosted runner.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from declaration import Problem
from declaration.yaml_text import load_yaml
from infisical.offline.provider import PERMISSION
from operations.errors import OperationError
from operations.pull_request.offline.throw_away import ConfigCipher
from operations.pull_request.preview import Preview, errors_of_events, parse_preview
from tooling.processes.run import Done
from tooling.stack import Pulumi, Workspace
from tooling.stack.config import CLUSTER_KEYS, Config
from tooling.stack.plugins import Plugin
from tooling.stack.workspace import CHECKOUT
from tooling.toolchain import Engine, Tools
from tooling.toolchain.progress import Reporter
from tooling.yaml_text import dump_yaml

HANDED_DOWN: Final = ("LANG", "LC_ALL", "LC_CTYPE", "TZ")
"""The only variables of the caller that the engine, the program and the plugins get."""

SYSTEM_PATH: Final = "/usr/local/bin:/usr/bin:/bin"

NO_COMMANDS: Final = {"command": "plugins.command.offline"}
"""Replaces the machine's command plugin: an unreviewed change must not run commands."""

OFFLINE: Final = {**NO_COMMANDS, "kubernetes": "plugins.kubernetes.offline"}


def small_environment(home: Path) -> dict[str, str]:
    """
    Return an environment without secrets.

    :param home: an empty folder
    """
    home.mkdir(mode=0o700, exist_ok=True)
    kept = {name: os.environ[name] for name in HANDED_DOWN if name in os.environ}
    # Pulumi prefers plugins on the PATH to ours, and one of them runs commands.
    fixed = {"PULUMI_IGNORE_AMBIENT_PLUGINS": "true", "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true"}
    return {**kept, **fixed, "HOME": str(home), "TMPDIR": str(home), "PATH": SYSTEM_PATH}


class OfflineStack:
    """
    A stack in a throw-away folder. `put` deploys to its state; `preview` compares with that state.

    :param folder: the throw-away folder
    :param stack: the name of the stack and its file
    :param longest: the time limit of each pulumi, in seconds
    """

    def __init__(
        self, folder: Path, tools: Engine | Tools, stack: str, reporter: Reporter, longest: float | None = None
    ) -> None:
        self.stack = stack
        self._folder = folder
        self._longest = longest
        self._workspace = Workspace(folder / "workspace", tools, None, stack, OFFLINE)
        self.plugins: tuple[Plugin, ...] = self._workspace.ensure(reporter)
        _link_language_host(tools, folder / "workspace")
        self._environment = small_environment(folder / "home")
        self._environment |= self._workspace.settings() | {
            PERMISSION: "true",
            "PATH": f"{self._workspace.bin}{os.pathsep}{SYSTEM_PATH}",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            # Nothing continues a killed run, so its state needs neither checkpoints nor their backups.
            "PULUMI_SKIP_CHECKPOINTS": "true",
            "PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS": "true",
        }
        # Every run has a different folder, so its name is removed from the output.
        self._shown = str(folder) + os.sep
        self.passphrase = self._workspace.passphrase.read_text(encoding="utf-8")
        self._cipher = ConfigCipher(self.passphrase)

    def prepare(self, project: Path, config: Config, hidden: set[str]) -> str | None:
        """
        Turn a revision's folder into an offline project, and return a note for the report, if any.

        :param config: the stack's config with plain throw-away values
        :param hidden: the throw-away values, to be encrypted
        """
        offline = {key: value for key, value in config.items() if key not in CLUSTER_KEYS}
        encrypted = self._cipher.encrypt_values(offline, hidden)
        content = {"encryptionsalt": self._cipher.salt, "config": encrypted}
        _write_yaml(project / f"Pulumi.{self.stack}.yaml", content)
        # The virtualenv of this process: a preview installs no package of a revision.
        venv = project / ".venv"
        if venv.is_symlink() or venv.exists():
            shutil.rmtree(venv) if venv.is_dir() and not venv.is_symlink() else venv.unlink()
        venv.symlink_to(sys.prefix)
        return self._use_offline_provider(project)

    def put(self, project: Path) -> tuple[str, ...]:
        """
        Deploy a project to the state, and return the errors.
        """
        made = self.run(project, "stack", "init", self.stack)
        if made.returncode:
            return (made.stderr.strip(),)
        done = self.run(project, "up", "--yes", "--skip-preview", "--json")
        if done.returncode == 0:
            return ()
        reason = done.stderr.strip() or f"pulumi up failed with exit code {done.returncode}"
        return errors_of_events(done.stdout) or (reason,)

    def state(self, project: Path) -> Any:
        """Return the exported state, secrets in clear."""
        done = self.run(project, "stack", "export", "--show-secrets")
        if done.returncode:
            raise OperationError(
                "The throw-away state cannot be read",
                found=f"exit code {done.returncode} of pulumi stack export\n{done.stderr.strip()}",
                fix="run the command again",
            )
        return json.loads(done.stdout)

    def preview(self, project: Path) -> Preview:
        """Return what deploying the project to the state would do."""
        return as_preview(self.run(project, *PREVIEW))

    def run(self, project: Path, *arguments: str) -> Done:
        """Run a pulumi command in the project."""
        program, tether = self._workspace.bin / "pulumi", self._folder / "engine.json"
        pulumi = Pulumi(program, self._environment, tether=tether, longest=self._longest)
        done = pulumi.attempt(*arguments, cwd=project)
        return Done(done.returncode, done.stdout.replace(self._shown, ""), done.stderr.replace(self._shown, ""))

    def _use_offline_provider(self, project: Path) -> str | None:
        file = project / "Pulumi.yaml"
        problems: list[Problem] = []
        try:
            declared = load_yaml(file.name, file.read_text(encoding="utf-8"), problems)
            plugins = (declared.get("plugins") or {}).get("providers") or []
            mine = [plugin for plugin in plugins if plugin.get("name") == "infisical"]
        except (OSError, ValueError, AttributeError) as error:
            absent = isinstance(error, FileNotFoundError)
            found = "no such file" if absent else "; ".join(problem.found for problem in problems) or "not a project"
            what = f"Pulumi.yaml of the {project.name} revision cannot be read"
            fix = "correct Pulumi.yaml in that revision, or choose a different revision"
            raise OperationError(what, found=found, expected="a Pulumi project", fix=fix) from error
        note = None
        for plugin in mine:
            offline = project / "infisical" / "offline"
            if not offline.exists():
                note = "has no offline Infisical provider; the provider of this checkout was used"
                offline = self._own_offline_provider()
            plugin["path"] = str(offline)
        _write_yaml(file, declared)
        return note

    def _own_offline_provider(self) -> Path:
        folder = self._folder / "provider"
        if not folder.exists():
            folder.mkdir()
            for package in ("infisical", "tooling"):
                shutil.copytree(CHECKOUT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
            (folder / ".venv").symlink_to(sys.prefix)
        return folder / "infisical" / "offline"


def _link_language_host(tools: Engine | Tools, workspace: Path) -> None:
    """The engine looks for the official language host next to itself and in its home. Its PATH here is minimal."""
    host = tools.language_host
    if host and host.resolve().parent != tools.pulumi.path.resolve().parent:
        version = tools.pulumi.version.removeprefix("v")
        plugin = workspace / "pulumi" / "plugins" / f"language-python-v{version}"
        plugin.mkdir(parents=True)
        (plugin / host.name).symlink_to(host)


PREVIEW: Final = ("preview", "--json", "--show-sames", "--show-reads")


def as_preview(done: Done) -> Preview:
    """Parse the engine's output. Without JSON, return a failed preview with the error output."""
    try:
        return parse_preview(done.stdout, done.returncode)
    except ValueError:
        return Preview((), (done.stderr.strip() or f"pulumi preview ended with exit code {done.returncode}",), False)


def _write_yaml(file: Path, content: Mapping[str, Any]) -> None:
    # Do not write to the target of a link.
    if file.is_symlink():
        file.unlink()
    file.write_text(dump_yaml(content), encoding="utf-8")
