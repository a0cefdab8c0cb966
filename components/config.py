"""The stack config as Pulumi hands it to the program, with each secret as an Output."""

from __future__ import annotations

import pulumi
from pulumi.runtime.config import CONFIG as PULUMI_CONFIG

import declaration
from declaration import PROJECT, ClusterAccess, DeclarationError, parse

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
    prefix = f"{PROJECT}:"
    # The SDK's own map: `pulumi.Config` cannot list the keys, and a misspelled key must be reported.
    values = {key.removeprefix(prefix): value for key, value in PULUMI_CONFIG.get().items() if key.startswith(prefix)}
    encrypted = {key for key in values if pulumi.runtime.is_config_secret(prefix + key)}
    cluster = ClusterAccess(*(PULUMI_CONFIG.get().get(f"kubernetes:{key}") for key in ("kubeconfig", "context")))
    try:
        return parse(values, encrypted, f"Pulumi.{pulumi.get_stack()}.yaml", pulumi.Output.secret, cluster)
    except DeclarationError as error:
        raise pulumi.RunError(str(error)) from error
