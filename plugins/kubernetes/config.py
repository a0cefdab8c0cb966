"""The provider's configuration: from the engine, else from the environment variables of the official provider."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from plugins.kubernetes.diff import Mutability
from plugins.protocol.errors import ProviderError
from plugins.protocol.properties import Value, reveal

PREFIX = "kubernetes:config:"

NO_CLIENT_SIDE_APPLY = (
    "client-side apply (enableServerSideApply: false) is what this provider does not do: remove the option, "
    "or use the official kubernetes provider"
)


NO_RENDERING_EACH_TIME = (
    "rendering what has not changed (alwaysRender: true) is what this provider does not do: remove the option and "
    "keep the directory between updates, or use the official kubernetes provider"
)


@dataclass(frozen=True)
class ClientSettings:
    """How hard to use the API server; None where the program does not say."""

    qps: float | None = None
    burst: int | None = None
    timeout: float | None = None


@dataclass(frozen=True)
class Config:
    """What a program can set on the provider."""

    kubeconfig: str = field(default="", repr=False)
    context: str = ""
    cluster: str = ""
    namespace: str = ""
    render_to: str = ""
    mutability: Mutability = field(default_factory=Mutability)
    patch_force: bool = False
    upsert: bool = False
    delete_unreachable: bool = False
    skip_update_unreachable: bool = False
    client: ClientSettings = field(default_factory=ClientSettings)


def read_config(variables: Mapping[str, str]) -> Config:
    """
    Read what Configure gets.

    :param variables: `kubernetes:config:<option>` to text: everything but text is JSON
    :raises ProviderError: for an option that cannot be had
    """
    if not _flag(variables, "enableServerSideApply", default=True):
        raise ProviderError(NO_CLIENT_SIDE_APPLY)
    return Config(
        kubeconfig=variables.get(f"{PREFIX}kubeconfig", ""),
        context=variables.get(f"{PREFIX}context", ""),
        cluster=variables.get(f"{PREFIX}cluster", ""),
        namespace=variables.get(f"{PREFIX}namespace", ""),
        render_to=variables.get(f"{PREFIX}renderYamlToDirectory", ""),
        mutability=Mutability(
            secrets=_flag(variables, "enableSecretMutable"),
            config_maps=_flag(variables, "enableConfigMapMutable", "ENABLE_CONFIGMAP_MUTABLE"),
        ),
        patch_force=_flag(variables, "enablePatchForce"),
        upsert=_flag(variables, "upsertExistingObjects"),
        delete_unreachable=_flag(variables, "deleteUnreachable"),
        skip_update_unreachable=_flag(variables, "skipUpdateUnreachable"),
        client=_client_settings(variables),
    )


def _flag(variables: Mapping[str, str], option: str, environment: str = "", *, default: bool = False) -> bool:
    """An option that is on or off: the program's word, else the environment's (PULUMI_K8S_ENABLE_SECRET_MUTABLE)."""
    said = variables.get(PREFIX + option)
    if said is None:
        said = os.environ.get(f"PULUMI_K8S_{environment or _screaming(option)}")
    return default if said is None else said == "true"


def _screaming(option: str) -> str:
    return "".join(f"_{letter}" if letter.isupper() else letter.upper() for letter in option)


def _client_settings(variables: Mapping[str, str]) -> ClientSettings:
    text = variables.get(f"{PREFIX}kubeClientSettings") or "{}"
    try:
        settings = json.loads(text)
    except ValueError as error:
        message = (
            f"kubeClientSettings: expected an object with qps, burst and timeout as JSON, got something else ({error})"
        )
        raise ProviderError(message) from None
    values: dict[str, Any] = {}
    for key in ("qps", "burst", "timeout"):
        value = settings.get(key)
        if value is None and (said := os.environ.get(f"PULUMI_K8S_CLIENT_{key.upper()}")):
            value = said
        if value is None:
            continue
        try:
            values[key] = float(value)
        except (TypeError, ValueError):
            message = (
                f"invalid value specified for PULUMI_K8S_CLIENT_{key.upper()} or kubeClientSettings.{key}: "
                "expected a number"
            )
            raise ProviderError(message) from None
    if "burst" in values:
        values["burst"] = int(values["burst"])
    return ClientSettings(**values)


def config_failures(news: Mapping[str, Value], *, is_default: bool) -> list[tuple[str, str]]:
    """What is wrong with a provider's inputs: (property, reason) for each; empty where nothing is."""
    strict = reveal(news.get("strictMode")) in ("true", True)
    if strict:
        failures = [("", "strict mode prohibits default provider")] if is_default else []
        failures += [
            (option, f'strict mode requires Provider "{option}" argument')
            for option in ("kubeconfig", "context")
            if not news.get(option)
        ]
        if failures:
            return failures
    if reveal(news.get("enableServerSideApply")) in ("false", False):
        return [("enableServerSideApply", NO_CLIENT_SIDE_APPLY)]
    if news.get("renderYamlToDirectory"):
        if reveal(news.get("alwaysRender")) in ("true", True):
            return [("alwaysRender", NO_RENDERING_EACH_TIME)]
        return [
            (option, f'"{option}" arg is not compatible with "renderYamlToDirectory" arg')
            for option in ("cluster", "context", "kubeconfig")
            if news.get(option)
        ]
    return []
