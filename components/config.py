"""The stack config as Pulumi hands it to the program, with each secret as an Output."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pulumi
from pulumi.runtime.config import CONFIG as PULUMI_CONFIG

import declaration
from components.base.debug_log import leave_out_debug_messages
from declaration import (
    PROJECT,
    AppFiles,
    ClusterAccess,
    DeclarationError,
    parse,
    read_inventory,
    unencrypted_values,
)
from declaration.config_keys import APP_FILES, APPS, DERIVED_FROM
from declaration.yaml_text import load_yaml

Config = declaration.Homelab[pulumi.Output[str]]
RepositoryAccess = declaration.RepositoryAccess[pulumi.Output[str]]
MachineIdentity = declaration.MachineIdentity[pulumi.Output[str]]
AdminLogin = declaration.AdminLogin[pulumi.Output[str]]
EarlierKeys = declaration.EarlierKeys[pulumi.Output[str]]


def load_config() -> Config:
    """
    Read and check the stack config.

    :raises pulumi.RunError: with every error, before any resource is registered
    """
    leave_out_debug_messages()
    prefix = f"{PROJECT}:"
    # The SDK's own map: `pulumi.Config` cannot list the keys, and a misspelled key must be reported.
    values = {key.removeprefix(prefix): value for key, value in PULUMI_CONFIG.get().items() if key.startswith(prefix)}
    encrypted = {key for key in values if pulumi.runtime.is_config_secret(prefix + key)}
    cluster = ClusterAccess(*(PULUMI_CONFIG.get().get(f"kubernetes:{key}") for key in ("kubeconfig", "context")))
    source = f"Pulumi.{pulumi.get_stack()}.yaml"
    try:
        config = parse(values, encrypted, source, pulumi.Output.secret, cluster, unencrypted_values(_content(source)))
    except DeclarationError as error:
        raise pulumi.RunError(str(error)) from error
    edited = os.environ.get(DERIVED_FROM)
    if not edited:
        return config
    return replace(config, source=edited, next_command="`make preview`", app_files=_app_files(edited))


def _app_files(stack_file: str) -> AppFiles:
    content = _content(stack_file) or {}
    return read_inventory(content.get(f"{PROJECT}:{APPS}"), content.get(f"{PROJECT}:{APP_FILES}"), Path(), [])[1]


def _content(stack_file: str) -> dict[str, Any] | None:
    """
    The `config:` of a stack file, which says more than Pulumi passes to the program.

    None if the file is not in the program's folder, as with `--config-file`.
    """
    try:
        text = Path(stack_file).read_text(encoding="utf-8")
    except (OSError, ValueError):
        return None
    # Pulumi has read the file before, and reports its errors.
    content = load_yaml(stack_file, text, [])
    config = content.get("config") if isinstance(content, dict) else None
    return config if isinstance(config, dict) else None
