"""The deployed stack of the current environment, previewed with the cluster's own dry runs."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any, Final

from operations.errors import OperationError
from operations.pull_request.offline.stack import NO_COMMANDS, PREVIEW, SYSTEM_PATH, as_preview, small_environment
from operations.pull_request.preview import Preview
from tooling.stack import Pulumi, PulumiFailed, Workspace
from tooling.toolchain import Engine
from tooling.toolchain.progress import Reporter

STACK: Final = "PULUMI_STACK"
KUBECONFIG: Final = "KUBECONFIG"

_LOG_IN: Final = "run `pulumi login`, and set the stack's passphrase as for `pulumi up`"


class DeployedStack:
    """
    The stack that `PULUMI_STACK` or `pulumi stack select` selects, in the backend that pulumi is logged in to.

    The preview uses a throw-away plugin folder, in which the command provider runs no command. The program receives
    only Pulumi's own variables and KUBECONFIG.

    :param folder: the throw-away one
    :param project: the folder with `Pulumi.yaml`
    :param engine: the pulumi that runs the preview
    :param longest: its time limit, in seconds
    :raises OperationError: no stack is selected, or pulumi is not logged in
    """

    def __init__(
        self, folder: Path, project: Path, engine: Engine, reporter: Reporter, longest: float | None = None
    ) -> None:
        self._project = project
        self._owner = Pulumi(Path(shutil.which("pulumi") or engine.pulumi.path), os.environ)
        self.name = self._selected()
        workspace = Workspace(folder / "workspace", engine, None, self.name, NO_COMMANDS)
        self.plugins = workspace.ensure(reporter)
        environment = small_environment(folder / "home")
        environment |= {name: value for name, value in os.environ.items() if name.startswith("PULUMI_")}
        environment |= {
            "PULUMI_IGNORE_AMBIENT_PLUGINS": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_BACKEND_URL": self._backend(),
            # The user's login, but a throw-away plugin folder.
            "PULUMI_CREDENTIALS_PATH": os.environ.get("PULUMI_HOME", str(Path.home() / ".pulumi")),
            "PULUMI_HOME": workspace.settings()["PULUMI_HOME"],
            STACK: self.name,
            "PATH": f"{workspace.bin}{os.pathsep}{SYSTEM_PATH}",
            KUBECONFIG: os.environ.get(KUBECONFIG, str(Path.home() / ".kube" / "config")),
        }
        self._pulumi = Pulumi(workspace.bin / "pulumi", environment, tether=folder / "engine.json", longest=longest)

    def state(self) -> Any:
        """Return the exported state, secrets in clear: never show it."""
        try:
            exported = self._owner.run("stack", "export", "--show-secrets", "--stack", self.name, cwd=self._project)
        except PulumiFailed as error:
            what = f"The state of the stack {self.name} cannot be read"
            raise OperationError(what, found=str(error), fix=f"{_LOG_IN}, then run the command again") from error
        return json.loads(exported)

    def preview(self) -> Preview:
        """Return what deploying the working tree would do."""
        return as_preview(self._pulumi.attempt(*PREVIEW, cwd=self._project))

    def _selected(self) -> str:
        name = os.environ.get(STACK, "")
        if not name:
            name = self._owner.attempt("stack", "--show-name", cwd=self._project).stdout.strip()
        if not name:
            what = f"No stack is selected in {self._project}"
            sandbox = "run `. .sandbox/env` to use the sandbox"
            raise OperationError(what, fix=f"set {STACK}, run `pulumi stack select NAME`, or {sandbox}")
        return name

    def _backend(self) -> str:
        if given := os.environ.get("PULUMI_BACKEND_URL"):
            return given
        try:
            answer = self._owner.run("whoami", "--json", "--verbose", cwd=self._project)
        except PulumiFailed as error:
            what = "pulumi is not logged in to a backend"
            raise OperationError(
                what, found=str(error), fix="run `pulumi login`, then run the command again"
            ) from error
        return str(json.loads(answer)["url"])
