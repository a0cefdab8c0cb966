"""
The whole homelab as declared: the only reader of the stack config.

Secret values have the type that the caller chooses: an Output for the program, a string or nothing elsewhere.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar

from declaration.credentials import CREDENTIALS, check_credentials
from declaration.inventory import App, parse_apps
from declaration.rotations import Rotatable, Rotations, parse_rotations
from declaration.section import DeclarationError, Problem
from declaration.site import Infisical, Store, parse_infisical, parse_store
from declaration.values import check_values

Secret = TypeVar("Secret")

PROJECT: Final = "homelab"
STRUCTURES: Final = ("infisical", "store", "apps")
VALUES: Final = "values"
ROTATIONS: Final = "rotations"
ROTATE_EVERY_DAYS: Final = "rotateEveryDays"
REDIS_URL: Final = "infisicalRedisUrl"


@dataclass(frozen=True)
class RepositoryAccess(Generic[Secret]):
    """How Argo CD reads the homelab's repository while it is private."""

    url: str
    ssh_private_key: Secret = field(repr=False)


@dataclass(frozen=True)
class MachineIdentity(Generic[Secret]):
    """The External Secrets Operator's credentials at Infisical."""

    client_id: Secret = field(repr=False)
    client_secret: Secret = field(repr=False)


@dataclass(frozen=True)
class AdminLogin(Generic[Secret]):
    """How to enter an Infisical that was set up before: its administrator's password, or a token."""

    password: Secret | None = field(default=None, repr=False)
    token: Secret | None = field(default=None, repr=False)


@dataclass(frozen=True)
class ClusterAccess:
    """
    The cluster, as the stack config names it for Pulumi's Kubernetes provider: None is the ambient one.

    `kubeconfig` is its path or its text.
    """

    kubeconfig: str | None = field(default=None, repr=False)
    context: str | None = None


@dataclass(frozen=True)
class EarlierKeys(Generic[Secret]):
    """Infisical's own keys from an earlier installation; each takes precedence over generating one."""

    encryption_key: Secret | None = field(default=None, repr=False)
    auth_secret: Secret | None = field(default=None, repr=False)
    postgres_password: Secret | None = field(default=None, repr=False)
    redis_password: Secret | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Homelab(Generic[Secret]):
    """
    The whole homelab, checked. What the stack config does not hold is None.

    `values` is the apps' values that the stack config gives, by key: they come before generating one.
    """

    infisical: Infisical
    store: Store
    apps: tuple[App, ...]
    earlier_keys: EarlierKeys[Secret]
    values: Mapping[str, Secret] = field(repr=False)
    rotations: Rotations
    cluster: ClusterAccess
    earlier_admin: AdminLogin[Secret]
    redis_url: Secret | None = field(repr=False)
    machine_identity: MachineIdentity[Secret] | None = field(repr=False)
    argocd_oidc_client_secret: Secret | None = field(repr=False)
    repository: RepositoryAccess[Secret] | None = field(repr=False)


def parse(
    values: Mapping[str, str],
    encrypted: Collection[str],
    source: str,
    secret_of: Callable[[str], Secret],
    cluster: ClusterAccess = ClusterAccess(),
) -> Homelab[Secret]:
    """
    Check a stack config and give it its types.

    :param values: config values by key, without the project's name; structures as JSON, as Pulumi passes them
    :param encrypted: the keys whose values the stack file holds encrypted
    :param source: the stack file's name, for messages
    :param secret_of: wraps the value of each secret
    :param cluster: the cluster of the Kubernetes provider
    :raises DeclarationError: with every problem found
    """
    problems: list[Problem] = []
    structures = {key: _decoded(values[key]) for key in STRUCTURES if key in values}
    infisical = parse_infisical(f"{PROJECT}:infisical", structures.get("infisical"), problems)
    store = parse_store(f"{PROJECT}:store", structures.get("store"), problems)
    apps = parse_apps(f"{PROJECT}:apps", structures.get("apps"), problems)
    # Draw no conclusion from what could not be read: the owner would fix what is not wrong.
    broken = {problem.path for problem in problems}
    apps_are_read = not any(path.split(".")[0] == f"{PROJECT}:apps" for path in broken)
    site = f"{PROJECT}:infisical"
    problems += check_credentials(values, encrypted)
    given = _decoded(values[VALUES]) if VALUES in values else None
    problems += check_values(given, VALUES in encrypted, apps if apps_are_read else None)
    given_names = {*values, *(given if isinstance(given, Mapping) else ())}
    known = Rotatable(apps, infisical, given_names) if apps_are_read and site not in broken else None
    dated, every_days = (_decoded(values[key]) if key in values else None for key in (ROTATIONS, ROTATE_EVERY_DAYS))
    rotations = parse_rotations(dated, every_days, known, problems)
    if not broken & {site, f"{site}.mode"}:
        problems += _of_the_other_mode(infisical, values)
    if not broken & {site, f"{site}.database", f"{site}.database.kind"}:
        problems += _needed_redis_url(infisical, values)
    problems += _encrypted_structures(encrypted)
    problems += _unknown_keys(values)
    if problems:
        raise DeclarationError(source, problems)

    def secret(key: str) -> Secret | None:
        return secret_of(values[key]) if key in values else None

    client_id = secret("infisicalMachineIdentityClientId")
    client_secret = secret("infisicalMachineIdentityClientSecret")
    ssh_private_key = secret("argocdRepoSshPrivateKey")
    return Homelab(
        infisical=infisical,
        store=store,
        apps=apps,
        earlier_keys=EarlierKeys(
            encryption_key=secret("infisicalEncryptionKey"),
            auth_secret=secret("infisicalAuthSecret"),
            postgres_password=secret("infisicalPostgresPassword"),
            redis_password=secret("infisicalRedisPassword"),
        ),
        values={key: secret_of(value) for key, value in (given or {}).items()},
        rotations=rotations,
        cluster=cluster,
        earlier_admin=AdminLogin(password=secret("infisicalAdminPassword"), token=secret("infisicalToken")),
        redis_url=secret(REDIS_URL),
        machine_identity=MachineIdentity(client_id, client_secret) if client_id and client_secret else None,
        argocd_oidc_client_secret=secret("argocdOidcClientSecret"),
        repository=RepositoryAccess(values["homelabRepoUrl"], ssh_private_key) if ssh_private_key else None,
    )


def _decoded(value: str) -> Any:
    """A structure; a text that is not JSON stays one, for the reader of the structure to refuse."""
    try:
        return json.loads(value)
    except ValueError:
        return value


def _of_the_other_mode(infisical: Infisical, values: Mapping[str, str]) -> Iterator[Problem]:
    """What is set and would not be used: the owner would believe in it."""
    managed = ("infisicalAdminPassword", "infisicalToken", VALUES, ROTATIONS, ROTATE_EVERY_DAYS)
    manual = ("infisicalMachineIdentityClientId", "infisicalMachineIdentityClientSecret")
    mode, unused = ("managed", manual) if infisical.managed else ("manual", managed)
    for key in unused:
        if key in values:
            yield Problem(
                f"{PROJECT}:{key}",
                f"a value, while {PROJECT}:infisical.mode is {mode}",
                "a value in the other mode alone",
                f"run `pulumi config rm {PROJECT}:{key}`, or change {PROJECT}:infisical.mode",
            )


def _needed_redis_url(infisical: Infisical, values: Mapping[str, str]) -> Iterator[Problem]:
    if infisical.database and REDIS_URL not in values:
        yield Problem(
            f"{PROJECT}:{REDIS_URL}",
            "nothing",
            "a Redis address, since the database is external: no password then stands in the Application",
            f"run `pulumi config set --secret {PROJECT}:{REDIS_URL}`",
        )
    if not infisical.database and REDIS_URL in values:
        yield Problem(
            f"{PROJECT}:{REDIS_URL}",
            "a value, while database and Redis are the chart's own",
            "nothing, or an external database",
            f"run `pulumi config rm {PROJECT}:{REDIS_URL}`, or set {PROJECT}:infisical.database",
        )


def _encrypted_structures(encrypted: Collection[str]) -> Iterator[Problem]:
    for key in (*STRUCTURES, ROTATIONS):
        if key in encrypted:
            yield Problem(
                f"{PROJECT}:{key}",
                "an encrypted value in it, which would stand in clear in the objects made of it",
                "values in clear: an app's secrets are in Infisical",
                f"write the value in clear in {PROJECT}:{key}, or declare it under `keys` if it is a secret",
            )


def _unknown_keys(values: Mapping[str, str]) -> Iterator[Problem]:
    known = (*STRUCTURES, VALUES, ROTATIONS, ROTATE_EVERY_DAYS, *CREDENTIALS)
    for key in values:
        if key not in known:
            close = difflib.get_close_matches(key, known, n=1)
            mend = f"did you mean {PROJECT}:{close[0]}? else " if close else ""
            yield Problem(
                f"{PROJECT}:{key}", "an unknown key", ", ".join(known), f"{mend}run `pulumi config rm {PROJECT}:{key}`"
            )
