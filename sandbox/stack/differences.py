"""
What differs between the homelab and this machine: the cluster, where Infisical and its data are, and secrets that only
their owner has.

Infisical runs on this machine, wherever it runs for the homelab. A key that the owner sets by hand in Infisical
(`source: manual`) has no owner here. It becomes `source: config` with a throw-away value, so that its app receives a
value. The owner's stores and generators become stand-ins. The operator creates the Secrets of somebody else.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

from declaration import FromConfig
from sandbox.declared import APPS, SHARED, STORE, declared_apps, declared_argocd, declared_keys, readers
from sandbox.stack.secrets_of_others import with_secrets_of_others
from sandbox.stack.stand_ins import with_stand_ins
from sandbox.stack.value_forms import VALUES, value_for
from tooling.stack.config import CLUSTER_KEYS
from tooling.stack.throw_away import throw_away_value

Config = dict[str, Any]

INFISICAL = "homelab:infisical"

# Other ways to reach the server, which do not exist on this machine.
_OTHER_WAYS = ("apiUrl", "tailscalePort", "install", "caBundle")
_OTHER_LOGINS = ("infisicalAdminPassword", "infisicalToken", "infisicalAdminClientId", "infisicalAdminClientSecret")
"""The logins to an Infisical that runs elsewhere."""
_CERTIFICATES = ("caBundle", "caProvider")
_ADMINISTRATOR = "admin@homelab.sandbox"
_KEY_COMMAND = "changeCommand"
_DATABASE_COMMANDS = ("changePassword", "setAside", "restore")


def on_this_machine(
    config: Config, infisical_url: str, commands: Mapping[str, str] | None = None, *, manual_keys: bool = False
) -> Config:
    """
    The homelab stack's `config:` as this machine needs it.

    :param infisical_url: of the fake, without `/api`
    :param commands: the fields of the database with which the rotation of ENCRYPTION_KEY sets the fake's data aside
    :param manual_keys: keys with `source: manual` stay, because somebody sets them in the fake
    """
    elsewhere = isinstance(config.get(INFISICAL), dict) and config[INFISICAL].get("install") == "none"
    logins = {f"homelab:{name}" for name in _OTHER_LOGINS} if elsewhere else set()
    changed = {key: value for key, value in config.items() if key not in {*CLUSTER_KEYS, *logins}}
    if isinstance(infisical := config.get(INFISICAL), dict):
        kept = {key: value for key, value in infisical.items() if key not in _OTHER_WAYS}
        changed[INFISICAL] = kept | {"url": infisical_url}
        if elsewhere and _is_managed(config):
            changed[INFISICAL].setdefault("adminEmail", _ADMINISTRATOR)
        if "database" in infisical or commands:
            changed[INFISICAL]["database"] = _database(infisical.get("database", {"kind": "bundled"}), commands)
    if isinstance(store := config.get(STORE), dict):
        changed[STORE] = {key: value for key, value in store.items() if key not in _CERTIFICATES}
        changed[STORE]["hostAPI"] = infisical_url
    if declared_apps(config):
        given = _is_managed(config) and not manual_keys
        changed[APPS] = {name: _with_keys_of_here(app, given=given) for name, app in config[APPS].items()}
        if SHARED in config:
            changed[SHARED] = _keys_of_here(config[SHARED], given=given)
    if apps := declared_apps(config):
        secrets = [secret for app in apps for secret in app.secrets]
        changed[APPS] = with_stand_ins(changed[APPS], secrets)
        changed[APPS] = with_secrets_of_others(changed[APPS], secrets, declared_argocd(config).namespace)
    return changed


def _database(declared: Any, commands: Mapping[str, str] | None) -> Any:
    """The database without commands of the owner. The sandbox's PostgreSQL has passwords of its own."""
    if not isinstance(declared, dict):
        return declared
    own = {field: value for field, value in declared.items() if field not in _DATABASE_COMMANDS}
    if not commands:
        return own
    unchanged = {"changePassword": ":"} if declared.get("kind") in ("bundled", "separate") else {}
    return own | unchanged | dict(commands)


def throw_away_values(config: Config) -> dict[str, Callable[[], str]]:
    """
    The secrets that the sandbox's stack needs and that only the homelab's owner has: how each is made.

    :param config: the sandbox stack's `config:`
    :returns: by property path, such as `homelab:values["GITHUB_TOKEN"]`
    """
    wanted = ["homelab:argocdOidcClientSecret"]
    infisical = config.get(INFISICAL)
    database = infisical.get("database") if isinstance(infisical, dict) else None
    if isinstance(database, dict) and database.get("kind") == "external":
        wanted.append("homelab:infisicalRedisUrl")
    if "homelab:homelabRepoUrl" in config:
        wanted.append("homelab:argocdRepoSshPrivateKey")
    values: dict[str, Callable[[], str]] = {}
    if _is_managed(config):
        uses = readers(config)
        keys = [key for key in declared_keys(config) if isinstance(key.declared.source, FromConfig)]
        values = {f'{VALUES}["{key.label}"]': functools.partial(value_for, uses[key.id]) for key in keys}
    else:
        wanted += ["homelab:infisicalMachineIdentityClientId", "homelab:infisicalMachineIdentityClientSecret"]
    return {path: functools.partial(throw_away_value, path) for path in wanted} | values


def is_set(config: Config, path: str) -> bool:
    """
    Whether the config has a value at the path.

    :param path: as `throw_away_values` gives it
    """
    key, bracket, name = path.partition('["')
    if not bracket:
        return key in config
    inside = config.get(key)
    return isinstance(inside, dict) and name.removesuffix('"]') in inside


def _is_managed(config: Config) -> bool:
    """Whether the program sets Infisical up itself; the default."""
    infisical = config.get(INFISICAL)
    return not isinstance(infisical, dict) or infisical.get("mode") != "manual"


def _with_keys_of_here(app: Config, *, given: bool) -> Config:
    """The same app or Secret, with its keys as this machine needs them."""
    secrets = {name: _with_keys_of_here(secret, given=given) for name, secret in app.get("secrets", {}).items()}
    keys = _keys_of_here(app.get("keys", {}), given=given, immutable=app.get("immutable") is True)
    return app | ({"keys": keys} if keys else {}) | ({"secrets": secrets} if secrets else {})


def _keys_of_here(keys: Config, *, given: bool, immutable: bool = False) -> Config:
    """
    The keys without commands of the owner, which would change the owner's systems to throw-away values.

    :param given: whether `source: config` replaces `source: manual`
    :param immutable: whether they are in an immutable Secret: it has no value that the stack config may change
    """
    source = {"source": "config", **({"immutable": True} if immutable else {})}
    own = {name: {field: value for field, value in key.items() if field != _KEY_COMMAND} for name, key in keys.items()}
    return {name: key | source if given and key.get("source") == "manual" else key for name, key in own.items()}
