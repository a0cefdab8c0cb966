"""The sandbox's copies of the apps in files: like `Pulumi.sandbox.yaml`, they contain what differs on this machine."""

from __future__ import annotations

import shutil
from collections.abc import Collection
from pathlib import Path

from sandbox.declared import APP_FILES, APPS
from sandbox.stack.differences import Config
from tooling.private_file import write_private
from tooling.yaml_text import dump_yaml

_HEADER = "# Derived from the file of this app that Pulumi.homelab.yaml names. Each `make up` writes it again.\n"


def move_to_files(config: Config, names: Collection[str], project: Path, folder: Path) -> Config:
    """
    Move apps from the config to files: Pulumi can pass only a short config to the program.

    :param config: with every app inline
    :param names: the apps to move
    :param project: the folder of the stack file
    :param folder: in the project; it is replaced
    """
    shutil.rmtree(folder, ignore_errors=True)
    if not names:
        return config
    folder.mkdir(mode=0o700, parents=True)
    for name in sorted(names):
        text = dump_yaml(config[APPS][name])
        write_private(folder / f"{name}.yaml", _HEADER + text)
    inline = {name: app for name, app in config[APPS].items() if name not in names}
    others = {key: value for key, value in config.items() if key != APPS}
    return {**others, **({APPS: inline} if inline else {}), APP_FILES: f"{folder.relative_to(project)}/"}
