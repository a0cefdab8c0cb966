"""
What stands in the workspace's `PULUMI_HOME/plugins`: official plugins where the machine has them, else ours.

For each provider, in this order: the user's own Pulumi home has the official plugin (it is linked); an installed
pulumi can install it (tried once, for a bounded time); the Python plugin of this project. The versions are those
of the SDK packages, so that the engine finds exactly what the program asks for.
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


@dataclass(frozen=True)
class Plugin:
    """One plugin as it was set up; `is_official` is false for the Python plugin of this project."""

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
    :param checkout: the folder that holds the package `plugins`
    :param in_place: by provider, the module of the plugin that is used whatever the machine has
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
        launchers = {
            host: "plugins.language",
            self._file("resource", "pulumi-python", version): "plugins.language.dynamic",
        }
        # The official ones are found beside their pulumi: ours would be used before them, and so would older ones.
        wanted = {} if tools.language_host else launchers
        for file in (self.home / "plugins").glob("*-python-v*/pulumi-*-python"):
            if file not in wanted and is_launcher(file):
                shutil.rmtree(file.parent)
        for file, module in wanted.items():
            write_launcher(file, launcher(self.python, self.checkout, module))
        return Plugin("language host", version, tools.language_host or host, tools.language_host is not None)

    def _provider(self, name: str, tools: Tools | Engine, environment: Mapping[str, str], reporter: Reporter) -> Plugin:
        version = importlib.metadata.version(f"pulumi-{name}")
        plugin = self._file("resource", name, version)
        # Nothing is ever written through a link into the user's home.
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
        return Plugin(name, version, plugin, is_official=not is_launcher(plugin))

    def _file(self, kind: str, name: str, version: str) -> Path:
        return self.home / "plugins" / f"{kind}-{name}-v{version}" / f"pulumi-{kind}-{name}"

    def _of_the_user(self, plugin: Path) -> Path | None:
        """The folder of the same plugin in the user's own Pulumi home."""
        homes = [Path(home) for home in [os.environ.get("PULUMI_HOME")] if home]
        for home in [*homes, Path.home() / ".pulumi"]:
            folder = home / "plugins" / plugin.parent.name
            # A folder with a .partial beside it is an installation that did not end.
            whole = not folder.with_name(f"{folder.name}.partial").exists()
            is_another = home.resolve() != self.home.resolve()
            if (
                is_another
                and whole
                and os.access(folder / plugin.name, os.X_OK)
                and not is_launcher(folder / plugin.name)
            ):
                return folder
        return None

    def _link(self, official: Path, folder: Path) -> None:
        """Link what is in the folder: the engine overlooks a folder that is a link itself."""
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
