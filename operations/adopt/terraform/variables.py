"""The variables of the predecessor: where each value is in the cluster, and what it becomes in the stack config."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from declaration import CREDENTIALS, Problem
from declaration.objects import (
    ARGOCD_SECRET,
    HELM_SECRETS,
    INFISICAL_NAMESPACE,
    INFISICAL_SECRETS,
    MACHINE_IDENTITY,
    OIDC_CLIENT_SECRET,
    REPOSITORY_SECRET,
    STORE,
)
from declaration.problems import kind_of
from declaration.site.credentials import Describe
from operations.adopt.terraform.hcl import Expression
from operations.placeholders import is_placeholder

MACHINE_IDENTITY_SECRET: Final = f"{STORE}-{MACHINE_IDENTITY}"
USE_CLUSTER: Final = "--use-cluster"
ARGOCD, ESO = "argocd", "external-secrets"
"""Stand for the namespace of Argo CD and of the operator."""


@dataclass(frozen=True)
class Variable:
    """
    :param key: of the stack config
    :param secret: the Secret with its value in use; its namespace, its name and the key
    :param path: of the value in the YAML of that key; empty for the whole
    :param required: whether the predecessor always has it
    :param immutable: whether Infisical cannot work with another value
    """

    name: str
    key: str
    secret: tuple[str, str, str]
    path: tuple[str, ...] = ()
    required: bool = True
    immutable: bool = False

    @property
    def is_secret(self) -> bool:
        return CREDENTIALS[self.key].secret

    @property
    def place(self) -> str:
        namespace, name, key = self.secret
        inside = f"{'.'.join(self.path)} in " if self.path else ""
        return f"{inside}the key {key} of Secret {namespace}/{name}"


VARIABLES: Final = (
    Variable(
        "infisical_encryption_key",
        "infisicalEncryptionKey",
        (INFISICAL_NAMESPACE, INFISICAL_SECRETS, "ENCRYPTION_KEY"),
        immutable=True,
    ),
    Variable(
        "infisical_auth_secret",
        "infisicalAuthSecret",
        (INFISICAL_NAMESPACE, INFISICAL_SECRETS, "AUTH_SECRET"),
        immutable=True,
    ),
    Variable(
        "infisical_postgres_password",
        "infisicalPostgresPassword",
        (ARGOCD, HELM_SECRETS, "values.yaml"),
        ("postgresql", "auth", "password"),
    ),
    Variable(
        "infisical_redis_password",
        "infisicalRedisPassword",
        (ARGOCD, HELM_SECRETS, "values.yaml"),
        ("redis", "auth", "password"),
    ),
    Variable(
        "infisical_machine_identity_client_id",
        "infisicalMachineIdentityClientId",
        (ESO, MACHINE_IDENTITY_SECRET, "clientId"),
    ),
    Variable(
        "infisical_machine_identity_client_secret",
        "infisicalMachineIdentityClientSecret",
        (ESO, MACHINE_IDENTITY_SECRET, "clientSecret"),
    ),
    Variable("argocd_oidc_client_secret", "argocdOidcClientSecret", (ARGOCD, ARGOCD_SECRET, OIDC_CLIENT_SECRET)),
    Variable(
        "argocd_repo_ssh_private_key",
        "argocdRepoSshPrivateKey",
        (ARGOCD, REPOSITORY_SECRET, "sshPrivateKey"),
        required=False,
    ),
    Variable("homelab_repo_url", "homelabRepoUrl", (ARGOCD, REPOSITORY_SECRET, "url"), required=False),
)
OF_THE_OPERATOR: Final = ("infisical_machine_identity_client_id", "infisical_machine_identity_client_secret")
OF_THE_REPOSITORY: Final = ("argocd_repo_ssh_private_key", "homelab_repo_url")
UNUSED: Final = {"argocd_version": "this program does not install Argo CD"}
"""Known, and without a place in the stack config."""


@dataclass(frozen=True)
class Given:
    """
    The variables that have a usable value.

    :param values: by variable
    :param unknown: names that the predecessor does not have
    :param left_out: known names that become no config, with the reason
    """

    values: Mapping[str, str] = field(repr=False)
    problems: tuple[Problem, ...]
    unknown: tuple[str, ...]
    left_out: Mapping[str, str]


def check_variables(found: Mapping[str, object], *, managed: bool, taken: Mapping[str, str] | None = None) -> Given:
    """
    Check every variable.

    :param found: as read from the file
    :param managed: whether the program sets Infisical up, and with it the operator's login
    :param taken: values of the cluster that are used instead of those of the file
    """
    left_out = {name: reason for name, reason in UNUSED.items() if name in found}
    if managed:
        reason = "the program creates a login of its own: homelab:infisical.mode is managed"
        left_out |= {name: reason for name in OF_THE_OPERATOR if name in found}
    if not found.get("argocd_repo_ssh_private_key"):
        reason = "a repository without a private key needs no Secret"
        left_out |= {name: reason for name in OF_THE_REPOSITORY if name in found}
    skipped = {*left_out, *(OF_THE_OPERATOR if managed else ())}
    chosen = {**found, **(taken or {})}
    values: dict[str, str] = {}
    problems: list[Problem] = []
    for variable in VARIABLES:
        if variable.name in skipped or (variable.name not in chosen and not variable.required):
            continue
        wrong = list(_wrong(variable, chosen.get(variable.name)))
        problems += wrong
        if not wrong:
            values[variable.name] = str(chosen[variable.name])
    if OF_THE_REPOSITORY[0] in values and OF_THE_REPOSITORY[1] not in chosen:
        (url,) = (each for each in VARIABLES if each.name == OF_THE_REPOSITORY[1])
        problems += _wrong(url, None)
    known = {variable.name for variable in VARIABLES} | UNUSED.keys()
    return Given(values, tuple(problems), tuple(sorted(found.keys() - known)), left_out)


def _wrong(variable: Variable, value: object) -> Iterator[Problem]:
    credential = CREDENTIALS[variable.key]
    fix = f"write the value in use, {variable.place}; or run the command with {USE_CLUSTER}"
    if not isinstance(value, str) or not value:
        found = "an expression" if isinstance(value, Expression) else kind_of(value)
        yield Problem(variable.name, found, credential.expected, fix)
    elif is_placeholder(value):
        yield Problem(variable.name, "a placeholder", credential.expected, fix)
    elif wrong := _described(credential.describe, value):
        yield Problem(variable.name, wrong, credential.expected, fix)
    elif credential.in_file and not value.endswith("\n"):
        yield Problem(
            variable.name,
            "a private key without a newline at its end",
            "a newline after the last line",
            "write the key with <<-EOT in lines of its own",
        )


def _described(describe: Describe, value: str) -> str | None:
    return describe(value) or ("white space at its end" if value != value.rstrip() and "\n" not in value else None)
