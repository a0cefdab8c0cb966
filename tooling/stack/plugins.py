"""
The plugins in the workspace's `PULUMI_HOME/plugins`: official plugins if possible, otherwise those of this project.

For each provider, the first of these: a link to the official plugin in the user's own Pulumi home; the official plugin,
which an installed pulumi installs (tried once, with a timeout); the Python plugin of this project. The versions are
those of the SDK packages, which the engine asks for.
"""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tooling.stack.launchers import is_launcher, launcher, write_launcher
from tooling.toolchain import Engine, Tools
from tooling.toolchain.progress import Reporter

PROVIDERS = ("kubernetes", "random", "command")

INSTALL_SECONDS = 60.0

LARGEST_OWN_SCHEMA = 10_000
"""Bytes. The schemas of the official providers are larger."""


@dataclass(frozen=True)
class Plugin:
    """An installed plugin; `is_official` is false for a Python plugin of this project."""

    name: str
    version: str
    path: Path
    is_official: bool

    @property
    def origin(self) -> str:
        return "official" if self.is_official else "Python plugin of this project"


@dataclass(frozen=True)
class PluginFolder:
    """
    The plugins of one workspace.

    :param home: its PULUMI_HOME
    :param python: the interpreter for the Python plugins
    :param checkout: the folder that contains the package `plugins`
    :param in_place: modules that always replace a provider, by its name
    """

    home: Path
    python: Path
    checkout: Path
    in_place: Mapping[str, str] = field(default_factory=dict)

    def ensure(self, tools: Tools | Engine, environment: Mapping[str, str], reporter: Reporter) -> tuple[Plugin, ...]:
        """
        Set up the language host and every provider.

        :param environment: of the workspace's pulumi, for installing plugins
        """
        return (
            self._language_host(tools),
            *(self._provider(name, tools, environment, reporter) for name in PROVIDERS),
        )

    def _language_host(self, tools: Tools | Engine) -> Plugin:
        version = tools.pulumi.version.removeprefix("v")
        host = self._file("language", "python", version)
        # The engine prefers this folder to the official host next to pulumi: a launcher must not hide that host.
        for file in (self.home / "plugins").glob("language-python-v*/pulumi-language-python"):
            if is_launcher(file) and (tools.language_host or file != host):
                shutil.rmtree(file.parent)
        if not tools.language_host:
            write_launcher(host, launcher(self.python, self.checkout, "plugins.language"))
        return Plugin("language host", version, tools.language_host or host, tools.language_host is not None)

    def _provider(self, name: str, tools: Tools | Engine, environment: Mapping[str, str], reporter: Reporter) -> Plugin:
        version = importlib.metadata.version(f"pulumi-{name}")
        plugin = self._file("resource", name, version)
        # A link could lead into the user's home, where nothing must be written.
        if plugin.parent.is_symlink():
            plugin.parent.unlink()
        if name in self.in_place:
            write_launcher(plugin, launcher(self.python, self.checkout, self.in_place[name]))
            return Plugin(name, version, plugin, is_official=False)
        official = self._of_the_user(plugin)
        if official:
            self._link(official, plugin.parent)
        elif not plugin.exists() and tools.language_host and self._install(name, version, tools, environment, reporter):
            reporter.say(f"installed the official provider {name} {version}")
        elif not plugin.exists() or is_launcher(plugin):
            write_launcher(plugin, launcher(self.python, self.checkout, f"plugins.{name}"))
        is_official = not is_launcher(plugin)
        if is_official:
            self._forget_schema(name, version)
        return Plugin(name, version, plugin, is_official=is_official)

    def _forget_schema(self, name: str, version: str) -> None:
        """Remove the schema of the Python plugin, which the engine has kept: it has the same version."""
        for file in (self.home / "schemas").glob(f"{name}-{version}*.json"):
            if len(file.read_bytes()) < LARGEST_OWN_SCHEMA:
                file.unlink()

    def _file(self, kind: str, name: str, version: str) -> Path:
        return self.home / "plugins" / f"{kind}-{name}-v{version}" / f"pulumi-{kind}-{name}"

    def _of_the_user(self, plugin: Path) -> Path | None:
        """The folder of the same plugin in the user's own Pulumi home."""
        homes = [Path(home) for home in [os.environ.get("PULUMI_HOME")] if home]
        for home in [*homes, Path.home() / ".pulumi"]:
            folder = home / "plugins" / plugin.parent.name
            # A `.partial` next to the folder marks an incomplete installation.
            whole = not folder.with_name(f"{folder.name}.partial").exists()
            differs = home.resolve() != self.home.resolve()
            if differs and whole and os.access(folder / plugin.name, os.X_OK) and not is_launcher(folder / plugin.name):
                return folder
        return None

    def _link(self, official: Path, folder: Path) -> None:
        """Link the files of the folder: the engine ignores a folder that is itself a link."""
        wanted = {entry.name: entry.resolve() for entry in official.iterdir()}
        if folder.is_dir() and {entry.name: entry.resolve() for entry in folder.iterdir()} == wanted:
            return
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for name, entry in wanted.items():
            (folder / name).symlink_to(entry)

    def _install(
        self, name: str, version: str, tools: Tools | Engine, environment: Mapping[str, str], reporter: Reporter
    ) -> bool:
        argv = [str(tools.pulumi.path), "plugin", "install", "resource", name, f"v{version}"]
        with reporter.stage(f"official provider {name} {version}"):
            try:
                done = subprocess.run(
                    argv,
                    env=dict(environment),
                    stdin=subprocess.DEVNULL,
                    capture_output=True,
                    timeout=INSTALL_SECONDS,
                    check=False,
                )
            except subprocess.TimeoutExpired:
                done = None
        plugin = self._file("resource", name, version)
        if done is not None and done.returncode == 0 and plugin.exists():
            return True
        for rest in (plugin.parent, plugin.parent.with_name(f"{plugin.parent.name}.partial")):
            shutil.rmtree(rest, ignore_errors=True) if rest.is_dir() else rest.unlink(missing_ok=True)
        return False
