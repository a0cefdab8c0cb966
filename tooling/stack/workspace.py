"""A place for the real pulumi that does not affect the user's: plugins, backend, passphrase, settings."""

from __future__ import annotations

import os
import secrets
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

from tooling.private_file import write_private
from tooling.processes.run import Done
from tooling.stack.plugins import Plugin, PluginFolder
from tooling.stack.pulumi import CALM_COLLECTOR, Pulumi
from tooling.toolchain import BUILT, Engine, Tools
from tooling.toolchain.progress import Reporter

CHECKOUT = Path(__file__).parent.parent.parent


class Workspace:
    """
    A Pulumi workspace with all its files in one folder.

    :param directory: created with mode 0700: `bin/` (for PATH), `pulumi/` (PULUMI_HOME), `state/` (the backend),
        `passphrase`
    :param tools: the tools with pulumi
    :param kubeconfig: of the cluster that programs deploy to; None for none
    :param stack: for PULUMI_STACK
    :param in_place: see `PluginFolder`
    :param variables: more variables for the program
    """

    def __init__(
        self,
        directory: Path,
        tools: Tools | Engine,
        kubeconfig: Path | None,
        stack: str = "sandbox",
        in_place: Mapping[str, str] | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        self.directory = directory.absolute()
        self.stack = stack
        self.bin = self.directory / "bin"
        self.state = self.directory / "state"
        self.passphrase = self.directory / "passphrase"
        self.plugins: tuple[Plugin, ...] = ()
        self._tools = tools
        self._kubeconfig = kubeconfig
        self._in_place = dict(in_place or {})
        self._variables = dict(variables or {})
        self._home = self.directory / "pulumi"

    def ensure(self, reporter: Reporter) -> tuple[Plugin, ...]:
        """Create what is missing and return the plugins."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._home.mkdir(mode=0o700, exist_ok=True)
        # Secrets in the state are encrypted, but the rest is private, too.
        self.state.mkdir(mode=0o700, exist_ok=True)
        if not self.passphrase.exists():
            write_private(self.passphrase, secrets.token_urlsafe(32))
        self._disable_log()
        self._link_programs()
        folder = PluginFolder(self._home, Path(sys.executable), CHECKOUT, self._in_place)
        installing = {**self.environment(), "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "false"}
        self.plugins = folder.ensure(self._tools, installing, reporter)
        return self.plugins

    def settings(self) -> dict[str, str]:
        """Return the variables with which a plain `pulumi` works here, without PATH."""
        settings = {
            "PULUMI_HOME": str(self._home),
            "PULUMI_BACKEND_URL": f"file://{self.state}",
            "PULUMI_CONFIG_PASSPHRASE_FILE": str(self.passphrase),
            "PULUMI_STACK": self.stack,
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            **self._variables,
        }
        if self._kubeconfig:
            settings["KUBECONFIG"] = str(self._kubeconfig)
        if not all(plugin.is_official for plugin in self.plugins):
            # A missing plugin cannot be downloaded: fail at once instead of after minutes.
            settings["PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"] = "true"
        return settings

    def environment(self, base: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return `base` (default: the caller's environment) with these settings and `bin/` first on PATH."""
        environment = dict(os.environ if base is None else base)
        for variable in _OVERRULING:
            environment.pop(variable, None)
        path = environment.get("PATH", os.defpath)
        return {**CALM_COLLECTOR, **environment, **self.settings(), "PATH": f"{self.bin}{os.pathsep}{path}"}

    def to_source(self) -> str:
        """Return the same for a shell: the text of a file that can be sourced repeatedly."""
        lines = ["# Source this file: `. .sandbox/env`. Then plain `pulumi` works on the sandbox's stack."]
        lines += [f"unset {variable}" for variable in _OVERRULING]
        lines += [f"export {name}={shlex.quote(value)}" for name, value in self.settings().items()]
        lines += [f'export {name}="${{{name}:-{value}}}"' for name, value in CALM_COLLECTOR.items()]
        folder = shlex.quote(str(self.bin))
        lines += [f'case ":$PATH:" in *:{folder}:*) ;; *) export PATH={folder}:"$PATH" ;; esac']
        return "\n".join(lines) + "\n"

    def run(self, *arguments: str, cwd: Path, given: str | None = None) -> str:
        """
        Run pulumi and return its stdout.

        :param cwd: the project's folder
        :param given: its stdin, for secrets, which must never be arguments
        :raises PulumiFailed: it ended with an error
        """
        return self.pulumi.run(*arguments, cwd=cwd, given=given)

    def attempt(self, *arguments: str, cwd: Path, given: str | None = None) -> Done:
        """Run pulumi and return its result, whether it succeeds or fails."""
        return self.pulumi.attempt(*arguments, cwd=cwd, given=given)

    @property
    def pulumi(self) -> Pulumi:
        """The pulumi of this workspace, with the caller's environment and these settings."""
        return Pulumi(self.bin / "pulumi", self.environment())

    def _disable_log(self) -> None:
        """
        Keep the pulumi that was built here from logging every message to a file, a third of its CPU time.

        It has no setting for that, and continues without the log if it cannot create the folder. A different release
        may not.
        `pulumi --logtostderr --verbose=9` shows the same.
        """
        logs = self._home / "logs"
        if self._tools.pulumi.origin == BUILT and not logs.exists():
            write_private(logs, "")

    def _link_programs(self) -> None:
        self.bin.mkdir(exist_ok=True)
        for tool in self._tools.programs:
            link = self.bin / tool.name
            if not link.is_symlink() or link.readlink() != tool.path:
                link.unlink(missing_ok=True)
                link.symlink_to(tool.path)


# The passphrase itself takes precedence over the file, and a token could select a different backend. Without compiled
# modules, the program and its plugins take twice as long to start.
_OVERRULING = ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_ACCESS_TOKEN", "PYTHONDONTWRITEBYTECODE")
