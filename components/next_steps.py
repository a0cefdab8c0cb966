"""What is left for the owner to do, each with its command."""

from __future__ import annotations

from components.config import Config
from components.inventory import FromConfig, Generate, SecretKey, Source

# Each prints one line of exactly the size: openssl breaks base64 lines, and tr drops characters.
_GENERATORS = {
    "hex": "openssl rand -hex {size}",
    "base64": "openssl rand -base64 {size} | tr -d '\\n'",
    "password": "openssl rand -base64 256 | tr -dc A-Za-z0-9 | head -c {size}",
}


def next_steps(config: Config) -> dict[str, str]:
    """
    The step for each value that is still missing, by what is missing; empty when nothing is.

    Names values and never holds one.
    """
    steps: dict[str, str] = {}
    if config.machine_identity is None:
        place = f"project {config.store.project_slug}, environment {config.store.environment_slug}"
        keys = {key.name: key for app in config.apps for key in app.keys}
        for key in keys.values():
            steps[key.name] = f"in Infisical, {place}, add {key.name} to {config.store.secrets_path}: {_origin(key)}"
        steps["machine identity"] = (
            f"in Infisical, make an identity with universal auth that may read {place}; then run "
            "`pulumi config set homelab:infisicalMachineIdentityClientId --secret`, "
            "`pulumi config set homelab:infisicalMachineIdentityClientSecret --secret` and `pulumi up`"
        )
    if config.argocd_oidc_client_secret is None:
        steps["Argo CD's OIDC client secret"] = (
            "make a provider for Argo CD in your identity provider; then run "
            "`pulumi config set homelab:argocdOidcClientSecret --secret` and `pulumi up`"
        )
    return steps


def _origin(key: SecretKey) -> str:
    never = " (never change it after the first install)" if key.never_change else ""
    return f"{_how_to_get(key.source)}{never}"


def _how_to_get(source: Source) -> str:
    match source:
        case Generate(kind, size):
            return f"generate it with `{_GENERATORS[kind].format(size=size)}`"
        case FromConfig():
            return "copy it from the service that issues it"
        case _:
            return "take it from where it is made"
