"""What the steps of a rotation work with: the stack, its cluster, its Infisical and its database."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Final

from declaration.objects import INFISICAL_SECRETS
from infisical.api.http.session import Login
from operations.encryption_key.cipher import Cipher
from operations.encryption_key.cluster import Cluster
from operations.encryption_key.database import BundledDatabase, Database, OwnersDatabase
from operations.encryption_key.errors import Refused
from operations.encryption_key.journal import Record
from operations.encryption_key.server import Infisical
from operations.encryption_key.stack import Say, Stack
from operations.state import current_resources
from tooling.stack.declared import Homelab, checked, read_declaration
from tooling.stack.pulumi import PulumiFailed

PAGE: Final = "docs/how-to/rotate-encryption-key.md"
DECLARATION: Final = "homelab:infisical"
EARLIER_KEY: Final = "homelab:infisicalEncryptionKey"
KEY: Final = "infisical-encryption-key"
PASSWORD_TYPE: Final = "random:index/randomPassword:RandomPassword"
STASH_TYPE: Final = "pulumi:index:Stash"
SECRET_TYPE: Final = "kubernetes:core/v1:Secret"
IDENTITY_TYPE: Final = "infisical:index:Identity"

Properties = dict[str, Any]


@dataclass(frozen=True)
class Deployed:
    """
    What the stack's state says about Infisical.

    :param key_urns: the generated key, and the stash that keeps it
    :param secret_urn: the Secret with the key that Infisical starts with
    :param key: ENCRYPTION_KEY
    :param identities: the names of the machine identities that an update creates again
    :param kubeconfig: the text or path of the kubernetes provider's kubeconfig; empty for the ambient one
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
class Context:
    """
    :param deployed: the stack's state when the command started
    :param say: shows progress to the user
    """

    stack: Stack
    record: Record
    cluster: Cluster
    database: Database
    infisical: Infisical
    deployed: Deployed = field(repr=False)
    cipher: Cipher = field(repr=False)
    say: Say

    def key_in_state(self) -> str:
        """Return the ENCRYPTION_KEY that the stack keeps now."""
        return read_deployed(self.stack.state(decrypted=True), self.stack.name).key


def check_config(stack: Stack) -> Homelab:
    """
    Return the stack's declaration.

    :raises StackError: it has errors; with all of them
    :raises Refused: this command cannot rotate the key of such a stack
    """
    homelab = checked(read_declaration(stack.project, stack.name.rpartition("/")[2]))
    declared, config = homelab.infisical, _config(stack)
    if EARLIER_KEY in config:
        what = f"{EARLIER_KEY} is set: it would contradict the new key"
        raise Refused(
            what,
            found="the key of an earlier installation in the stack config",
            expected="no key there: the state keeps the key in use",
            fix=f"run `pulumi config rm {EARLIER_KEY}` and `pulumi up`, then run the command again",
        )
    if declared.install != "argocd":
        raise Refused(
            "This command cannot rotate the key of an Infisical that Argo CD does not install",
            found=f"{DECLARATION}.install: {declared.install}",
            expected="argocd",
            fix=f'rotate the key by hand: {PAGE}, section "By hand"',
        )
    if declared.managed is None:
        raise Refused(
            "This command cannot rotate the key of an Infisical that was set up by hand",
            found=f"{DECLARATION}.mode: manual",
            expected="managed",
            fix=f'rotate the key by hand: {PAGE}, section "By hand"',
        )
    if not declared.uses_bundled and declared.database_commands is None:
        what = f"This command cannot set the {declared.database_in_use} database aside"
        raise Refused(
            what,
            found=f"{DECLARATION}.database.kind: {declared.database_in_use}, without commands",
            expected=f"the commands {DECLARATION}.database.setAside and {DECLARATION}.database.restore",
            fix=f"add both ({PAGE}), then run the command again",
        )
    return homelab


def _config(stack: Stack) -> dict[str, dict[str, Any]]:
    try:
        config: dict[str, dict[str, Any]] = json.loads(stack.ask("config", "--json"))
    except PulumiFailed as error:
        what = f"The config of the stack {stack.name} cannot be read"
        fix = "check the stack's name with `pulumi stack ls`, and its passphrase, then run the command again"
        raise Refused(what, found=str(error), fix=fix) from error
    return config


def context_of(
    stack: Stack, record: Record, cluster: Cluster, declared: Homelab, deployed: Deployed, cipher: Cipher, say: Say
) -> Context:
    database: Database
    if declared.infisical.database_commands:
        database = OwnersDatabase(declared.infisical.database_commands, record.journal.id, record.log)
    else:
        database = BundledDatabase(cluster, record.journal.id)
    infisical = Infisical(deployed.url, deployed.login, deployed.slug, start_seconds(declared))
    return Context(stack, record, cluster, database, infisical, deployed, cipher, say)


def start_seconds(declared: Homelab) -> int:
    """The timeout of Infisical's first answer after a start."""
    managed = declared.infisical.managed
    assert managed, "check_config refuses anything else"
    return managed.start_seconds


def read_deployed(state: dict[str, Any], stack: str) -> Deployed:
    """
    :param state: with its secrets decrypted
    :raises Refused: the stack is not a deployed homelab whose Infisical this program sets up
    """
    current = current_resources(state)
    password, stash = _one(current, PASSWORD_TYPE, stack, KEY), _one(current, STASH_TYPE, stack, KEY)
    secret = _one(current, SECRET_TYPE, stack, INFISICAL_SECRETS)
    # The other one, `cluster`, reaches no Infisical.
    provider = _one(current, "pulumi:providers:infisical", stack, "infisical")["inputs"]
    project = _one(current, "infisical:index:Project", stack)["inputs"]
    kubeconfig, context = kubernetes_of(current)
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
        identities=tuple(each["inputs"]["name"] for each in current if each["type"] == IDENTITY_TYPE),
        kubeconfig=kubeconfig,
        context=context,
    )


def kubernetes_of(current: list[Properties]) -> tuple[str, str]:
    """
    Return the kubeconfig and the context that the stack deploys with, each empty for the ambient one.

    :param current: the resources of its state
    """
    found = (each["inputs"] for each in current if each["type"] == "pulumi:providers:kubernetes")
    inputs: Properties = next(found, {})
    return inputs.get("kubeconfig", ""), inputs.get("context", "")


def _one(resources: list[Properties], kind: str, stack: str, name: str = "") -> Properties:
    found = [each for each in resources if each["type"] == kind and each["urn"].endswith(f"::{name}" if name else "")]
    if len(found) != 1:
        what = f"The stack {stack} is not a deployed homelab"
        raise Refused(
            what,
            found=f"{len(found)} resources of the type {kind}{f' named {name}' if name else ''} in its state",
            expected=f"one, as in a stack that this project deploys with {DECLARATION}.mode: managed",
            fix="run `pulumi up`, or name the right stack with --stack, then run the command again",
        )
    return found[0]
