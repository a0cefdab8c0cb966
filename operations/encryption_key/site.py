"""Where a rotation takes place: the stack, its cluster, its Infisical and its database."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from declaration import Infisical as Declared
from declaration import Problem, parse_infisical
from declaration.objects import INFISICAL_SECRETS
from infisical.api.http.session import Login
from operations.encryption_key.cluster import Cluster, cluster_of
from operations.encryption_key.database import BundledDatabase, Database, OwnersDatabase
from operations.encryption_key.errors import Refused
from operations.encryption_key.journal import Record
from operations.encryption_key.seal import Seal
from operations.encryption_key.server import Infisical
from operations.encryption_key.stack import Say, Stack

DECLARATION: Final = "homelab:infisical"
EARLIER_KEY: Final = "homelab:infisicalEncryptionKey"
KEY: Final = "infisical-encryption-key"
PASSWORD_TYPE: Final = "random:index/randomPassword:RandomPassword"
STASH_TYPE: Final = "pulumi:index:Stash"
SECRET_TYPE: Final = "kubernetes:core/v1:Secret"
IDENTITY_TYPE: Final = "infisical:index:Identity"
_PLAINTEXT: Final = "plaintext"

Properties = dict[str, Any]


@dataclass(frozen=True)
class Deployed:
    """
    :param key_urns: the generated key, and the stash that keeps it
    :param secret_urn: the Secret that Infisical takes it from
    :param key: ENCRYPTION_KEY
    :param identities: the names of the machine identities that an update makes again
    :param kubeconfig: the kubernetes provider's own, its text or path; empty for the ambient one
    """

    key_urns: tuple[str, str]
    secret_urn: str
    key: str = field(repr=False)
    url: str
    login: Login
    slug: str
    identities: tuple[str, ...]
    kubeconfig: str = field(repr=False)
    context: str


@dataclass(frozen=True)
class Site:
    """
    All that the steps work with.

    :param deployed: the stack as it was when the command began
    """

    stack: Stack
    record: Record
    cluster: Cluster
    database: Database
    infisical: Infisical
    deployed: Deployed = field(repr=False)
    seal: Seal = field(repr=False)
    say: Say

    def key_in_state(self) -> str:
        """ENCRYPTION_KEY as the stack keeps it now."""
        return read_deployed(self.stack.state(decrypted=True), self.stack.name).key


def check_config(stack: Stack) -> Declared:
    """
    How the stack declares Infisical.

    :raises Refused: this command cannot give such a stack another key
    """
    config: dict[str, dict[str, Any]] = json.loads(stack.ask("config", "--json"))
    if EARLIER_KEY in config:
        message = (
            f"{EARLIER_KEY} is set: the config would contradict the new key. The key in use is kept in the state: run "
            f"`pulumi config rm {EARLIER_KEY}` and `pulumi up`, then this command again."
        )
        raise Refused(message)
    problems: list[Problem] = []
    declared = parse_infisical(DECLARATION, json.loads(config.get(DECLARATION, {}).get("value", "null")), problems)
    if problems:
        message = f"{DECLARATION} is not in order. Run `pulumi preview`, which says what is wrong with it."
        raise Refused(message)
    if declared.managed is None:
        message = (
            f"{DECLARATION}.mode is manual: what you set up by hand in Infisical, this command could not set up again. "
            "docs/how-to/rotate-encryption-key.md says how to change the key by hand."
        )
        raise Refused(message)
    if declared.database and declared.database_commands is None:
        message = (
            f"{DECLARATION}.database is external, and nothing says how to set it aside: add the "
            f"commands `{DECLARATION}.database.setAside` and `.restore` "
            "(docs/how-to/rotate-encryption-key.md), then run this again."
        )
        raise Refused(message)
    return declared


@contextlib.contextmanager
def site_of(
    stack: Stack, record: Record, declared: Declared, deployed: Deployed, seal: Seal, say: Say
) -> Iterator[Site]:
    """Everything that the steps of a rotation work with."""
    with cluster_of(deployed.kubeconfig, deployed.context) as cluster:
        database: Database
        if declared.database_commands:
            database = OwnersDatabase(declared.database_commands, record.journal.id, record.log)
        else:
            database = BundledDatabase(cluster, record.journal.id)
        infisical = Infisical(deployed.url, deployed.login, deployed.slug)
        yield Site(stack, record, cluster, database, infisical, deployed, seal, say)


def read_deployed(state: dict[str, Any], stack: str) -> Deployed:
    """
    :param state: with its secrets decrypted
    :raises Refused: the stack is not a deployed homelab whose Infisical this program sets up
    """
    resources = [_opened(each) for each in (state.get("deployment") or {}).get("resources") or []]
    alive = [each for each in resources if not each.get("delete")]
    password, stash = _one(alive, PASSWORD_TYPE, stack, KEY), _one(alive, STASH_TYPE, stack, KEY)
    secret = _one(alive, SECRET_TYPE, stack, INFISICAL_SECRETS)
    provider = _one(alive, "pulumi:providers:infisical", stack)["inputs"]
    project = _one(alive, "infisical:index:Project", stack)["inputs"]
    kubernetes: Properties = next(
        (each["inputs"] for each in alive if each["type"] == "pulumi:providers:kubernetes"), {}
    )
    return Deployed(
        key_urns=(password["urn"], stash["urn"]),
        secret_urn=secret["urn"],
        key=stash["outputs"]["output"],
        url=provider["url"],
        login=Login(
            email=provider.get("email", ""),
            password=provider.get("password", ""),
            token=provider.get("token", ""),
            organization=provider.get("organization", ""),
        ),
        slug=project["slug"],
        identities=tuple(each["inputs"]["name"] for each in alive if each["type"] == IDENTITY_TYPE),
        kubeconfig=kubernetes.get("kubeconfig", ""),
        context=kubernetes.get("context", ""),
    )


def _one(resources: list[Properties], kind: str, stack: str, name: str = "") -> Properties:
    found = [each for each in resources if each["type"] == kind and each["urn"].endswith(f"::{name}" if name else "")]
    if len(found) != 1:
        message = (
            f"the state of the stack {stack} holds {len(found)} resources {kind} {name}, where one is expected: this "
            "command is for a homelab of this project that is deployed, with `homelab:infisical.mode` managed. Run "
            "`pulumi up` first, or choose the stack with --stack."
        )
        raise Refused(message)
    return found[0]


def _opened(value: Any) -> Any:
    """A part of the state with its decrypted secrets in place of their wrappings."""
    if isinstance(value, dict):
        if _PLAINTEXT in value and len(value) == 2:
            return json.loads(value[_PLAINTEXT])
        return dict(_pairs(value))
    return [_opened(each) for each in value] if isinstance(value, list) else value


def _pairs(value: Properties) -> Iterator[tuple[str, Any]]:
    return ((key, _opened(each)) for key, each in value.items())
