"""The homelab's program as a project folder of its own, with a given stack config."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sandbox.declared import read_config
from tooling.stack.workspace import CHECKOUT
from tooling.yaml_text import dump_yaml

OF_MANAGED = (
    "mode",
    "apiUrl",
    "startSeconds",
    "deliverySeconds",
    "restartSeconds",
    "commandSeconds",
    "adminEmail",
    "organization",
    "operator",
    "caBundle",
)
"""The fields of `homelab:infisical` that apply only to `mode: managed`."""

PROGRAM = ("__main__.py", "components", "declaration", "infisical", "tooling", "Pulumi.yaml")


def write_project(folder: Path, stack: str, config: Mapping[str, Any]) -> None:
    """
    Create a folder in which `pulumi` deploys this checkout's program.

    :param folder: created if missing; the program is linked from this checkout
    :param stack: the stack whose file is written
    :param config: that file's `config:`
    """
    folder.mkdir(parents=True, exist_ok=True)
    # The project and its provider use the virtualenv of this process.
    for name, target in (*((name, CHECKOUT / name) for name in PROGRAM), (".venv", Path(sys.prefix))):
        link = folder / name
        if not link.is_symlink() and not link.exists():
            link.symlink_to(target)
    (folder / f"Pulumi.{stack}.yaml").write_text(dump_yaml({"config": dict(config)}))


def homelab_config() -> dict[str, Any]:
    """The `config:` of `Pulumi.homelab.yaml`, with every app in `homelab:apps`."""
    return read_config(CHECKOUT / "Pulumi.homelab.yaml")


def set_up_by_hand(config: Mapping[str, Any]) -> dict[str, Any]:
    """The same homelab for an owner who sets Infisical up by hand: the program then needs no Infisical to talk to."""
    chosen = {key: value for key, value in config["homelab:infisical"].items() if key not in OF_MANAGED}
    return {**config, "homelab:infisical": {**chosen, "mode": "manual"}}
