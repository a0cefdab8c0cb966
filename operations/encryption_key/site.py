"""Where a rotation takes place: the stack, its cluster, its Infisical and its database."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from declaration.section import Problem
from declaration.site import Infisical as Declared
from declaration.site import parse_infisical
from operations.encryption_key.cluster import Cluster, cluster_of
from operations.encryption_key.database import BundledDatabase, Database, OwnersDatabase
from operations.encryption_key.deployed import Deployed, read_deployed
from operations.encryption_key.errors import Refused
from operations.encryption_key.journal import Record
from operations.encryption_key.seal import Seal
from operations.encryption_key.server import Infisical
from operations.encryption_key.stack import Say, Stack

DECLARATION = "homelab:infisical"
EARLIER_KEY = "homelab:infisicalEncryptionKey"


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
            "docs/rotate-encryption-key.md says how to change the key by hand."
        )
        raise Refused(message)
    if declared.database and declared.database_commands is None:
        message = (
            f"{DECLARATION}.database is external, and nothing says how to set it aside: add the commands "
            f"`{DECLARATION}.database.setAside` and `.restore` (docs/rotate-encryption-key.md), then run this again."
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
