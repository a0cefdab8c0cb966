"""
The whole declaration: the only reader of the stack config.

The caller chooses the type of secret values: an Output in the program, a string or None elsewhere.
"""

from __future__ import annotations

import difflib
import functools
import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

from declaration.app_files import AppFiles, read_inventory
from declaration.config_keys import (
    APP_FILES,
    APPS,
    ARGOCD,
    BACKUP,
    PROJECT,
    REDIS_URL,
    RESTORE_SEEDS,
    ROTATE_EVERY_DAYS,
    ROTATIONS,
    SHARED,
    STRUCTURES,
    VALUES,
)
from declaration.inventory import App, AppSecret, parse_apps, parse_shared
from declaration.objects import INFISICAL_NAMESPACE
from declaration.problems import PREVIEW, DeclarationError, Problem
from declaration.site.access import (
    AdminLogin,
    ClusterAccess,
    EarlierKeys,
    MachineIdentity,
    RepositoryAccess,
    S3Login,
)
from declaration.site.argocd import ArgoCd, parse_argocd
from declaration.site.backup import Backup, parse_backup
from declaration.site.backup_job import LOGIN, wrong_backup, wrong_bucket_login
from declaration.site.credentials import CREDENTIALS, check_credentials
from declaration.site.installation import unused_with
from declaration.site.logins import (
    CLIENT_ID,
    CLIENT_SECRET,
    PASSWORD,
    TOKEN,
    needed_redis_url,
    of_the_other_mode,
    wrong_database,
    wrong_login,
)
from declaration.site.settings import Infisical, Store, parse_infisical, parse_store
from declaration.values.config_values import check_values
from declaration.values.keys import KeyId, Keys
from declaration.values.restored_seeds import parse_restored_seeds
from declaration.values.rotations import Rotatable, Rotations, parse_rotations

Secret = TypeVar("Secret")
AMBIENT: Final = ClusterAccess()


@dataclass(frozen=True)
class Homelab(Generic[Secret]):
    """
    The whole declaration, without errors. What the stack config does not hold is None.

    `values` has the values of the stack config by folder and name. Each takes precedence over a generated one.
    For messages: `source` and `app_files` are the files that the user edits, and `next_command` is what follows.
    """

    infisical: Infisical
    store: Store
    apps: tuple[App, ...]
    argocd: ArgoCd
    earlier_keys: EarlierKeys[Secret]
    values: Mapping[KeyId, Secret] = field(repr=False)
    rotations: Rotations
    restored: Mapping[KeyId, str]
    cluster: ClusterAccess
    earlier_admin: AdminLogin[Secret]
    redis_url: Secret | None = field(repr=False)
    machine_identity: MachineIdentity[Secret] | None = field(repr=False)
    argocd_oidc_client_secret: Secret | None = field(repr=False)
    repository: RepositoryAccess[Secret] | None = field(repr=False)
    source: str = ""
    next_command: str = PREVIEW
    app_files: AppFiles = field(default_factory=AppFiles, repr=False)
    backup: Backup = field(default_factory=Backup)
    s3_login: S3Login[Secret] | None = field(default=None, repr=False)

    @functools.cached_property
    def keys(self) -> Keys:
        return Keys.of(self.apps, self.store)

    @property
    def store_path(self) -> str:
        """The folder of the operator's store. It checks its login there, and looks up keys without a folder."""
        return self.store.check_path if self.infisical.managed else self.store.secrets_path

    @property
    def argocd_namespace(self) -> str | None:
        """Argo CD's namespace; None if this program writes nothing there."""
        writes = self.infisical.install == "argocd" or self.repository or self.argocd_oidc_client_secret is not None
        return self.argocd.namespace if writes else None

    @property
    def helm_secrets_namespace(self) -> str:
        """The namespace of the Secret with the chart's passwords."""
        return self.argocd.namespace if self.infisical.install == "argocd" else INFISICAL_NAMESPACE

    @functools.cached_property
    def delivered_apps(self) -> tuple[App, ...]:
        """The apps that have Secrets, each without what is retired."""
        return tuple(app.delivered for app in self.apps if app.delivered_secrets)

    @functools.cached_property
    def delivered_secrets(self) -> tuple[AppSecret, ...]:
        """The Secrets of these apps."""
        return tuple(secret for app in self.apps for secret in app.delivered_secrets)

    @property
    def whole_folders(self) -> tuple[str, ...]:
        """The folders whose keys are delivered together."""
        return tuple(sorted({folder.path for secret in self.delivered_secrets for folder in secret.folders}))

    @property
    def readable_folders(self) -> tuple[str, ...]:
        """The folders that the operator reads, each with all folders below it."""
        paths = {
            self.store.secrets_path,
            *(key.folder for key in self.keys.all if not key.retired),
            *self.whole_folders,
        }
        return tuple(sorted(path for path in paths if not any(_is_below(path, other) for other in paths)))


def parse(
    values: Mapping[str, str],
    encrypted: Collection[str],
    source: str,
    secret_of: Callable[[str], Secret],
    cluster: ClusterAccess = AMBIENT,
    unencrypted: Collection[str] = (),
    project: Path = Path(),
) -> Homelab[Secret]:
    """
    Read and check a stack config, and the apps in files.

    :param values: config values by key, without the project's name; structures as JSON, as Pulumi passes them
    :param encrypted: the keys whose values the stack file holds encrypted
    :param source: the stack file's name, for messages
    :param secret_of: wraps the value of each secret
    :param cluster: the cluster of the Kubernetes provider
    :param unencrypted: the keys of `homelab:values` that the stack file holds unencrypted next to encrypted ones
    :param project: the folder with `Pulumi.yaml`, which contains the folder of the apps
    :raises DeclarationError: with every problem
    """
    problems: list[Problem] = []
    structures = {key: _decoded(values[key]) for key in STRUCTURES if key in values}
    infisical = parse_infisical(f"{PROJECT}:infisical", structures.get("infisical"), problems)
    store = parse_store(f"{PROJECT}:store", structures.get("store"), problems)
    given_argocd = _decoded(values[ARGOCD]) if ARGOCD in values else {}
    argocd = parse_argocd(f"{PROJECT}:{ARGOCD}", given_argocd, problems)
    given_backup = _decoded(values[BACKUP]) if BACKUP in values and BACKUP not in encrypted else {}
    backup = parse_backup(f"{PROJECT}:{BACKUP}", given_backup, project, problems)
    # If it is unknown which apps share a folder, their keys are not compared.
    store_is_read = not {f"{PROJECT}:store", f"{PROJECT}:store.folderPerApp"} & {problem.path for problem in problems}
    folders = store.folder_per_app or not store_is_read
    before_apps = len(problems)
    # An encrypted folder name is refused below, and not shown.
    folder = _decoded(values[APP_FILES]) if APP_FILES in values and APP_FILES not in encrypted else None
    given_apps = structures.get(APPS, {} if APP_FILES in encrypted else None)
    inventory, app_files = read_inventory(given_apps, folder, project, problems)
    given_shared = _decoded(values[SHARED]) if SHARED in values and SHARED not in encrypted else None
    shared = parse_shared(given_shared, problems, store.secrets_path)
    apps = parse_apps(
        f"{PROJECT}:{APPS}",
        inventory,
        problems,
        argocd_namespace=argocd.namespace,
        store=store.name,
        folder_per_app=folders,
        shared=shared,
    )
    # A part with errors is not compared with others: that would report errors that do not exist.
    broken = {problem.path for problem in problems}
    apps_are_read = len(problems) == before_apps and APP_FILES not in encrypted
    site = f"{PROJECT}:infisical"
    problems += check_credentials(values, encrypted)
    given = _decoded(values[VALUES]) if VALUES in values else None
    keys = Keys.of(apps, store) if apps_are_read and store_is_read else None
    problems += check_values(given, VALUES in encrypted, keys, unencrypted)
    given_keys = _by_key(given, keys) if keys and isinstance(given, Mapping) else {}
    known = Rotatable(keys, infisical, {*values, *given_keys}) if keys and site not in broken else None
    dated, every_days = (_decoded(values[key]) if key in values else None for key in (ROTATIONS, ROTATE_EVERY_DAYS))
    rotations = parse_rotations(dated, every_days, known, problems)
    seeds = _decoded(values[RESTORE_SEEDS]) if RESTORE_SEEDS in values else None
    restored = parse_restored_seeds(seeds, keys, given_keys, problems)
    if not broken & {site, f"{site}.mode"}:
        problems += of_the_other_mode(infisical, values)
    if not broken & {site, f"{site}.install"}:
        problems += unused_with(infisical.install, values, given_argocd)
        problems += wrong_login(infisical, values)
    if not broken & {site, f"{site}.install", f"{site}.database", f"{site}.database.kind"}:
        problems += needed_redis_url(infisical, values)
        problems += wrong_database(infisical)
        if f"{PROJECT}:{BACKUP}.schedule" not in broken:
            problems += wrong_backup(backup.job, backup.recipients, infisical)
            problems += wrong_bucket_login(backup.job, values)
    problems += _encrypted_structures(encrypted)
    problems += _unknown_keys(values)
    if problems:
        raise DeclarationError(source, list(map(app_files.located, problems)))

    def secret(key: str) -> Secret | None:
        return secret_of(values[key]) if key in values else None

    client_id = secret("infisicalMachineIdentityClientId")
    client_secret = secret("infisicalMachineIdentityClientSecret")
    ssh_private_key = secret("argocdRepoSshPrivateKey")
    access_key, secret_key = map(secret, LOGIN)
    return Homelab(
        infisical=infisical,
        store=store,
        apps=apps,
        argocd=argocd,
        earlier_keys=EarlierKeys(
            encryption_key=secret("infisicalEncryptionKey"),
            auth_secret=secret("infisicalAuthSecret"),
            postgres_password=secret("infisicalPostgresPassword"),
            redis_password=secret("infisicalRedisPassword"),
        ),
        values={key: secret_of(value) for key, value in given_keys.items()},
        rotations=rotations,
        restored=restored,
        cluster=cluster,
        earlier_admin=AdminLogin(*map(secret, (PASSWORD, TOKEN, CLIENT_ID, CLIENT_SECRET))),
        redis_url=secret(REDIS_URL),
        machine_identity=MachineIdentity(client_id, client_secret) if client_id and client_secret else None,
        argocd_oidc_client_secret=secret("argocdOidcClientSecret"),
        repository=RepositoryAccess(values["homelabRepoUrl"], ssh_private_key) if ssh_private_key else None,
        source=source,
        app_files=app_files,
        backup=backup,
        s3_login=S3Login(access_key, secret_key) if access_key and secret_key else None,
    )


def _is_below(path: str, other: str) -> bool:
    return path != other and path.startswith(f"{other.rstrip('/')}/")


def _by_key(given: Mapping[str, Any], keys: Keys) -> dict[KeyId, Any]:
    return {key.id: value for address, value in given.items() for key in keys.find(address)}


def _decoded(value: str) -> Any:
    """A structure. A string that is not JSON stays a string, which the reader of the structure refuses."""
    try:
        return json.loads(value)
    except ValueError:
        return value


def _encrypted_structures(encrypted: Collection[str]) -> Iterator[Problem]:
    for key in (*STRUCTURES, APP_FILES, SHARED, ARGOCD, BACKUP, ROTATIONS, RESTORE_SEEDS):
        if key in encrypted:
            yield Problem(
                f"{PROJECT}:{key}",
                "an encrypted value, which would be unencrypted in Kubernetes objects and in the state",
                "unencrypted values",
                f"write the value unencrypted in {PROJECT}:{key}; if it is a secret, declare a key for it instead",
            )


def _unknown_keys(values: Mapping[str, str]) -> Iterator[Problem]:
    optional = (APP_FILES, SHARED, ARGOCD, BACKUP, VALUES, ROTATIONS, ROTATE_EVERY_DAYS, RESTORE_SEEDS)
    known = (*STRUCTURES, *optional, *CREDENTIALS)
    for key in values:
        if key not in known:
            close = difflib.get_close_matches(key, known, n=1)
            remove = f"run `pulumi config rm {PROJECT}:{key}`"
            fix = f"set {PROJECT}:{close[0]} instead, and {remove}" if close else remove
            yield Problem(f"{PROJECT}:{key}", "an unknown key", ", ".join(known), fix)
