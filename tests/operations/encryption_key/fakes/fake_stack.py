"""The stack, as pulumi shows and changes it."""

from __future__ import annotations

import itertools
import json
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tests.operations.encryption_key.fakes.fake_cluster import FakeCluster
from tooling.processes.run import Done

KEY: Final = "infisical-encryption-key"
RESOURCES: Final = {
    "random:index/randomPassword:RandomPassword": KEY,
    "pulumi:index:Stash": KEY,
    "kubernetes:core/v1:Secret": "infisical-secrets",
    "pulumi:providers:infisical": "infisical",
    "infisical:index:Project": "project",
    "infisical:index:Identity": "operator",
}
CHANGES: Final = ("up", "state", "stack import", "cancel")
SECRET_MARK: Final = "4dabf18193072939515e22adb298388d"
NO_PROCESS: Final = 2**31 - 1


def urn_of(kind: str) -> str:
    return f"urn:pulumi:homelab::homelab::{kind}::{RESOURCES[kind]}"


PASSWORD, STASH, SECRET = map(urn_of, list(RESOURCES)[:3])
"""The generated key, the stash that keeps the first key, and the Secret with the key that Infisical starts with."""


def is_change(arguments: list[str]) -> bool:
    return " ".join(arguments).startswith(CHANGES)


@dataclass
class FakeStack:
    """
    :param generated: the value of the generated key
    :param kept: the value of the stash
    :param known: what the state says that the Secret contains
    :param inputs: of some resources, by type
    :param new_key: returns the next generated key
    :param is_locked: by a pulumi that was killed, which also left an operation with an unknown result
    :param is_up_to_date: the declaration has no changes that were not deployed
    """

    generated: str
    kept: str
    known: str
    inputs: Mapping[str, Mapping[str, Any]]
    new_key: Callable[[], str]
    resources: dict[str, str] = field(default_factory=lambda: dict(RESOURCES))
    token: str = ""
    protected: set[str] = field(default_factory=lambda: {PASSWORD, STASH})
    is_locked: bool = False
    is_up_to_date: bool = True
    encrypted: dict[str, str] = field(default_factory=dict)

    def run(self, arguments: list[str], given: str, cluster: FakeCluster, deploy: Callable[[], str]) -> Done:
        """
        Return what a command prints, and change the stack as the command does.

        :param given: stdin
        :param deploy: creates everything but the keys; returns an error or nothing
        """
        if self.is_locked and is_change(arguments) and arguments[0] != "cancel":
            lock = f"file:///lock.json: created by root@{socket.gethostname()} (pid {NO_PROCESS})"
            return Done(255, "", f"error: the stack is currently locked by 1 lock(s).\n  {lock}\n")
        match arguments:
            case ["stack", "export", *options]:
                return Done(0, json.dumps(self._exported(decrypted="--show-secrets" in options)), "")
            case ["stack", "import", *_]:
                return self._import(json.loads(given))
            case ["state", "unprotect", "--yes", urn, *_]:
                self.protected.discard(urn)
            case ["cancel", *_]:
                self.is_locked = False
            case ["preview", *_] if not (self.is_up_to_date and {PASSWORD, STASH} <= self.protected):
                return Done(255, "", "error: no changes were expected but changes were proposed\n")
            case ["up", *options]:
                return self._up(options, cluster, deploy)
        return Done(0, "", "")

    def _up(self, options: list[str], cluster: FakeCluster, deploy: Callable[[], str]) -> Done:
        replaced = [urn for option, urn in itertools.pairwise(options) if option == "--target-replace"]
        if protected := self.protected & set(replaced):
            return Done(255, "", f"error: unable to replace protected resources: {sorted(protected)}\n")
        if PASSWORD in replaced:
            self.generated = self.new_key()
        if STASH in replaced:
            self.kept = self.generated
        self.protected |= {PASSWORD, STASH}
        if "--refresh" in options:
            self.known = cluster.key
        if self.known != self.kept:
            cluster.key = self.known = self.kept
        error = "" if "--target" in options else deploy()
        return Done(255 if error else 0, "", error)

    def _exported(self, *, decrypted: bool) -> dict[str, Any]:
        def secret(value: str) -> dict[str, str]:
            if decrypted:
                return {SECRET_MARK: "1", "plaintext": json.dumps(value)}
            name = f"v1:{len(self.encrypted)}"
            self.encrypted[name] = value
            return {SECRET_MARK: "1", "ciphertext": name}

        content: dict[str, dict[str, Any]] = {
            "random:index/randomPassword:RandomPassword": {"outputs": {"result": secret(self.generated)}},
            "pulumi:index:Stash": {"outputs": {"output": secret(self.kept)}},
            "kubernetes:core/v1:Secret": {"inputs": {"stringData": {"ENCRYPTION_KEY": secret(self.known)}}},
        }
        found: list[dict[str, Any]] = []
        for kind in self.resources:
            inputs = dict(self.inputs.get(kind, {}))
            if kind.startswith("pulumi:providers"):
                inputs |= {"password": secret(inputs["password"])} | ({"token": self.token} if self.token else {})
            urn = urn_of(kind)
            described = {"type": kind, "urn": urn, "inputs": inputs, "protect": urn in self.protected}
            found.append({**described, **content.get(kind, {})})
        pending = [{"type": "updating"}] if self.is_locked else []
        return {"deployment": {"resources": found, "pending_operations": pending}}

    def _import(self, state: dict[str, Any]) -> Done:
        by_urn = {each["urn"]: each for each in state["deployment"]["resources"]}
        self.generated = self.encrypted[by_urn[PASSWORD]["outputs"]["result"]["ciphertext"]]
        self.kept = self.encrypted[by_urn[STASH]["outputs"]["output"]["ciphertext"]]
        self.known = self.encrypted[by_urn[SECRET]["inputs"]["stringData"]["ENCRYPTION_KEY"]["ciphertext"]]
        self.protected = {urn for urn, each in by_urn.items() if each["protect"]}
        return Done(0, "", "")
