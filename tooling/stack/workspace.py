"""One place in which the real pulumi works without touching the user's own: plugins, backend, passphrase, settings."""

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
from tooling.stack.pulumi import Pulumi
from tooling.toolchain import Engine, Tools
from tooling.toolchain.progress import Reporter

CHECKOUT = Path(__file__).parent.parent.parent


class Workspace:
    """
    A Pulumi workspace with all its files in one folder.

    :param directory: made with mode 0700: `bin/` (for PATH), `pulumi/` (PULUMI_HOME), `state/` (the backend),
        `passphrase`
    :param tools: where pulumi is
    :param kubeconfig: of the cluster that programs deploy to; None for none
    :param stack: what PULUMI_STACK says
    :param in_place: as of `PluginFolder`
    """

    def __init__(
        self,
        directory: Path,
        tools: Tools | Engine,
        kubeconfig: Path | None,
        stack: str = "sandbox",
        in_place: Mapping[str, str] | None = None,
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
        self._home = self.directory / "pulumi"

    def ensure(self, reporter: Reporter) -> tuple[Plugin, ...]:
        """Make what is missing; gives the plugins that will be used."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._home.mkdir(mode=0o700, exist_ok=True)
        # The backend's state is encrypted where it is secret, and is nobody else's business all the same.
        self.state.mkdir(mode=0o700, exist_ok=True)
        if not self.passphrase.exists():
            write_private(self.passphrase, secrets.token_urlsafe(32))
        self._link_programs()
        folder = PluginFolder(self._home, Path(sys.executable), CHECKOUT, self._in_place)
        installing = {**self.environment(), "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "false"}
        self.plugins = folder.ensure(self._tools, installing, reporter)
        return self.plugins

    def settings(self) -> dict[str, str]:
        """The variables that make a plain `pulumi` work here; PATH is beside them."""
        settings = {
            "PULUMI_HOME": str(self._home),
            "PULUMI_BACKEND_URL": f"file://{self.state}",
            "PULUMI_CONFIG_PASSPHRASE_FILE": str(self.passphrase),
            "PULUMI_STACK": self.stack,
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }
        if self._kubeconfig:
            settings["KUBECONFIG"] = str(self._kubeconfig)
        if not all(plugin.is_official for plugin in self.plugins):
            # What is missing cannot be had: say so at once instead of trying for minutes.
            settings["PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"] = "true"
        return settings

    def environment(self, base: Mapping[str, str] | None = None) -> dict[str, str]:
        """`base` (the caller's environment unless given) with these settings and `bin/` first on PATH."""
        environment = dict(os.environ if base is None else base)
        for variable in _OVERRULING:
            environment.pop(variable, None)
        path = environment.get("PATH", os.defpath)
        return {**environment, **self.settings(), "PATH": f"{self.bin}{os.pathsep}{path}"}

    def to_source(self) -> str:
        """The same for a shell: the text of a file to source, any number of times."""
        lines = ["# To be sourced: `. .sandbox/env`. From then on plain `pulumi` works on the sandbox's stack."]
        lines += [f"unset {variable}" for variable in _OVERRULING]
        lines += [f"export {name}={shlex.quote(value)}" for name, value in self.settings().items()]
        folder = shlex.quote(str(self.bin))
        lines += [f'case ":$PATH:" in *:{folder}:*) ;; *) export PATH={folder}:"$PATH" ;; esac']
        return "\n".join(lines) + "\n"

    def run(self, *arguments: str, cwd: Path, given: str | None = None) -> str:
        """
        Run pulumi and return its stdout.

        :param cwd: the project's folder
        :param given: its stdin; a secret goes in here and never into an argument
        :raises PulumiFailed: it ended with an error
        """
        return self.pulumi.run(*arguments, cwd=cwd, given=given)

    def attempt(self, *arguments: str, cwd: Path, given: str | None = None) -> Done:
        """Run pulumi and return its result, whether it succeeds or fails."""
        return self.pulumi.attempt(*arguments, cwd=cwd, given=given)

    @property
    def pulumi(self) -> Pulumi:
        """This workspace's pulumi, with the caller's environment and these settings."""
        return Pulumi(self.bin / "pulumi", self.environment())

    def _link_programs(self) -> None:
        self.bin.mkdir(exist_ok=True)
        for tool in self._tools.programs:
            link = self.bin / tool.name
            if not link.is_symlink() or link.readlink() != tool.path:
                link.unlink(missing_ok=True)
                link.symlink_to(tool.path)


# The passphrase itself would win over the file, and a token could lead to another backend.
_OVERRULING = ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_ACCESS_TOKEN")
