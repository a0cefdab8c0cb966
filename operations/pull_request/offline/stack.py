"""
A stack without a homelab: real engine, and providers that reach nothing.

The providers of Kubernetes and of Infisical take what they are told for done, and no command is run. What runs there
runs code that nobody has reviewed: it is given no variable of the user's and no home. It is this user's process all
the same, and can read this user's files and what the user's other processes were started with: a stranger's change is
for a machine with nothing on it, such as a runner without secrets.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from infisical.offline.provider import PERMISSION
from operations.errors import OperationError
from operations.pull_request.offline.throw_away import Sealer
from operations.pull_request.preview import Preview, errors_of_events, parse_preview
from tooling.processes.run import Done
from tooling.stack import Pulumi, Workspace
from tooling.stack.config import CLUSTER_KEYS, Config
from tooling.stack.plugins import Plugin
from tooling.stack.workspace import CHECKOUT
from tooling.toolchain import Engine, Tools
from tooling.toolchain.progress import Reporter

HANDED_DOWN: Final = ("LANG", "LC_ALL", "LC_CTYPE", "TZ")
"""The caller's variables that the engine, the program and the plugins get. Nothing else of them."""

SYSTEM_PATH: Final = "/usr/local/bin:/usr/bin:/bin"

NO_COMMANDS: Final = {"command": "plugins.command.offline"}
"""In place of the machine's own: what it does is nothing to do for a change that nobody has reviewed."""

IN_PLACE: Final = {**NO_COMMANDS, "kubernetes": "plugins.kubernetes.offline"}


def small_environment(home: Path) -> dict[str, str]:
    """
    An environment with nothing in it that is worth stealing.

    :param home: an empty folder
    """
    home.mkdir(mode=0o700, exist_ok=True)
    kept = {name: os.environ[name] for name in HANDED_DOWN if name in os.environ}
    # Plugins that the machine has on its PATH go before ours: one of them runs commands.
    fixed = {"PULUMI_IGNORE_AMBIENT_PLUGINS": "true", "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true"}
    return {**kept, **fixed, "HOME": str(home), "TMPDIR": str(home), "PATH": SYSTEM_PATH}


class OfflineStack:
    """
    A stack in a throw-away folder; `put` deploys into its state, `preview` compares with it.

    :param folder: the throw-away one
    :param stack: its name, and that of the stack file
    """

    def __init__(self, folder: Path, tools: Engine | Tools, stack: str, reporter: Reporter) -> None:
        self.stack = stack
        self._folder = folder
        self._workspace = Workspace(folder / "workspace", tools, None, stack, IN_PLACE)
        self.plugins: tuple[Plugin, ...] = self._workspace.ensure(reporter)
        _link_language_host(tools, folder / "workspace")
        self._environment = small_environment(folder / "home")
        self._environment |= self._workspace.settings() | {
            PERMISSION: "true",
            "PATH": f"{self._workspace.bin}{os.pathsep}{SYSTEM_PATH}",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        }
        # The folder's name is another one each time, and says nothing to a reader.
        self._shown = str(folder) + os.sep
        self.passphrase = self._workspace.passphrase.read_text(encoding="utf-8")
        self._sealer = Sealer(self.passphrase)

    def prepare(self, project: Path, config: Config, hidden: set[str]) -> str | None:
        """
        Make a revision's folder a project that touches nothing; gives a note for the reader, if there is one.

        :param config: the stack's, with throw-away values in clear
        :param hidden: those values
        """
        offline = {key: value for key, value in config.items() if key not in CLUSTER_KEYS}
        sealed = self._sealer.sealed(offline, hidden)
        content = {"encryptionsalt": self._sealer.salt, "config": sealed}
        _write_yaml(project / f"Pulumi.{self.stack}.yaml", content)
        # The virtualenv that runs this: no package of a revision is installed for a preview.
        venv = project / ".venv"
        if venv.is_symlink() or venv.exists():
            shutil.rmtree(venv) if venv.is_dir() and not venv.is_symlink() else venv.unlink()
        venv.symlink_to(sys.prefix)
        return self._use_offline_provider(project)

    def put(self, project: Path) -> tuple[str, ...]:
        """
        Deploy a project into the state.

        :returns: what went wrong; empty where nothing did
        """
        made = self._pulumi(project, "stack", "init", self.stack)
        if made.returncode:
            return (made.stderr.strip(),)
        done = self._pulumi(project, "up", "--yes", "--skip-preview", "--json")
        if done.returncode == 0:
            return ()
        reason = done.stderr.strip() or f"pulumi up failed with exit code {done.returncode}"
        return errors_of_events(done.stdout) or (reason,)

    def state(self, project: Path) -> Any:
        """The state, decoded, secrets in clear."""
        done = self._pulumi(project, "stack", "export", "--show-secrets")
        if done.returncode:
            problem = f"the throw-away state cannot be read: pulumi stack export ended with exit code {done.returncode}"
            raise OperationError(problem)
        return json.loads(done.stdout)

    def preview(self, project: Path) -> Preview:
        """What deploying the project into the state would do."""
        return as_preview(self._pulumi(project, *PREVIEW))

    def _pulumi(self, project: Path, *arguments: str) -> Done:
        pulumi = Pulumi(self._workspace.bin / "pulumi", self._environment, tether=self._folder / "engine.json")
        done = pulumi.attempt(*arguments, cwd=project)
        return Done(done.returncode, done.stdout.replace(self._shown, ""), done.stderr.replace(self._shown, ""))

    def _use_offline_provider(self, project: Path) -> str | None:
        file = project / "Pulumi.yaml"
        try:
            declared = yaml.safe_load(file.read_text(encoding="utf-8"))
            plugins = (declared.get("plugins") or {}).get("providers") or []
            mine = [plugin for plugin in plugins if plugin.get("name") == "infisical"]
        except (OSError, ValueError, AttributeError, yaml.YAMLError) as error:
            problem = f"Pulumi.yaml of the {project.name} is missing, or cannot be read: {type(error).__name__}"
            raise OperationError(problem) from error
        note = None
        for plugin in mine:
            offline = project / "infisical" / "offline"
            if not offline.exists():
                note = "its Infisical provider cannot work offline: the one of this checkout took its place"
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
    """The engine looks for an official one beside itself and in its home: not on the PATH that it has here."""
    host = tools.language_host
    if host and host.resolve().parent != tools.pulumi.path.resolve().parent:
        version = tools.pulumi.version.removeprefix("v")
        plugin = workspace / "pulumi" / "plugins" / f"language-python-v{version}"
        plugin.mkdir(parents=True)
        (plugin / host.name).symlink_to(host)


PREVIEW: Final = ("preview", "--json", "--show-sames", "--show-reads")


def as_preview(done: Done) -> Preview:
    """A preview out of what the engine printed; where it printed none, one that failed."""
    try:
        return parse_preview(done.stdout, done.returncode)
    except ValueError:
        return Preview((), (done.stderr.strip() or f"pulumi preview ended with exit code {done.returncode}",), False)


def _write_yaml(file: Path, content: Mapping[str, Any]) -> None:
    # A link would be written through.
    if file.is_symlink():
        file.unlink()
    file.write_text(yaml.safe_dump(dict(content), sort_keys=False, allow_unicode=True), encoding="utf-8")
