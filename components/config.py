"""The stack config as Pulumi hands it to the program, with each secret as an Output."""

from __future__ import annotations

from pathlib import Path

import pulumi
import yaml
from pulumi.runtime.config import CONFIG as PULUMI_CONFIG

import declaration
from components.debug_log import leave_out_debug_messages
from declaration import PROJECT, ClusterAccess, DeclarationError, parse, unencrypted_values

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
        return parse(values, encrypted, source, pulumi.Output.secret, cluster, _unencrypted(source))
    except DeclarationError as error:
        raise pulumi.RunError(str(error)) from error


def _unencrypted(stack_file: str) -> frozenset[str]:
    """
    The values that are unencrypted next to encrypted ones. Pulumi passes all of them to the program as secret.

    Empty if the file is not in the program's folder, as with `--config-file`.
    """
    try:
        content = yaml.safe_load(Path(stack_file).read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        return frozenset()
    return unencrypted_values(content.get("config") if isinstance(content, dict) else None)
