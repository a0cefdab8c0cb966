"""
The sandbox's stack config, `Pulumi.sandbox.yaml`, derived from `Pulumi.homelab.yaml`.

The rule, for each key: what the user set, changed or removed on the sandbox's stack (`pulumi config set|rm`) stays;
everything else is as `Pulumi.homelab.yaml` says now, but for what differs on this machine (differences.py). What was
derived last time is kept in the sandbox's folder, so that a change of the user can be told from a change of
`Pulumi.homelab.yaml`.

Encrypted values of the homelab's stack are not copied: they are for its passphrase, not for this one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tooling.errors import StackError
from tooling.private_file import write_private

Config = dict[str, Any]

CLUSTER_KEYS = ("kubernetes:kubeconfig", "kubernetes:context", "kubernetes:cluster")
"""The keys that select the homelab's cluster: a deployment from this machine must never reach it."""

HEADER = """\
# Derived from Pulumi.homelab.yaml by `make up`, and brought up to date by it each time.
# Infisical's addresses are this machine's, and what is set by hand there has a throw-away value of this stack.
# What you set here with `pulumi config set` stays; `make down` removes this file.
"""

# How this stack's secrets are encrypted is its own, never the other stack's.
_ENCRYPTION = ("secretsprovider", "encryptedkey", "encryptionsalt")


@dataclass(frozen=True)
class Derived:
    """
    :param config: of the sandbox's stack from now on
    :param left_out: paths of encrypted values of the homelab's stack
    :param kept: keys where the user's own value stands in place of the homelab's
    """

    config: Config
    left_out: tuple[str, ...]
    kept: tuple[str, ...]


def derive(homelab: Config, sandbox: Config, last: Config) -> Derived:
    """
    :param homelab: the homelab stack's `config:`
    :param sandbox: the sandbox stack's `config:` as it is
    :param last: what the last derivation gave, by key
    """
    plain, left_out = without_secrets(homelab)
    kept = {key for key in {*plain, *sandbox, *last} if _is_the_users(key, plain, sandbox, last)}
    config = {
        key: sandbox[key] if key in kept else plain[key]
        for key in dict.fromkeys([*plain, *sandbox])
        if (key in sandbox if key in kept else key in plain)
    }
    return Derived(config, tuple(left_out), tuple(key for key in plain if key in kept))


def without_secrets(config: Config) -> tuple[Config, list[str]]:
    """The config without its encrypted values, and the paths of those."""
    left_out: list[str] = []

    def plain(value: Any, path: str) -> Any:
        if isinstance(value, dict):
            if set(value) == {"secure"}:
                left_out.append(path)
                return _ABSENT
            inner = {key: plain(each, f"{path}.{key}") for key, each in value.items()}
            kept = {key: each for key, each in inner.items() if each is not _ABSENT}
            # Where all of it was secret, nothing of it is the homelab's.
            return kept if kept or not inner else _ABSENT
        if isinstance(value, list):
            items = [plain(each, f"{path}[{number}]") for number, each in enumerate(value)]
            return [each for each in items if each is not _ABSENT]
        return value

    values = {key: plain(value, key) for key, value in config.items()}
    return {key: value for key, value in values.items() if value is not _ABSENT}, left_out


class StackFile:
    """A `Pulumi.STACK.yaml`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> Config:
        """
        The whole file; empty when there is none.

        :raises StackError: it is no YAML, or no mapping
        """
        try:
            content = yaml.safe_load(self.path.read_text())
        except FileNotFoundError:
            return {}
        except yaml.YAMLError as error:
            problem = f"{self.path} is not YAML: {error}"
            raise StackError(problem) from error
        return _mapping(content, str(self.path))

    def config(self) -> Config:
        """Its `config:`."""
        return _mapping(self.read().get("config"), f"{self.path}: config")

    def write(self, content: Mapping[str, Any]) -> None:
        text = yaml.safe_dump(dict(content), sort_keys=False, allow_unicode=True, width=10_000)
        write_private(self.path, HEADER + text)


def derive_stack_file(
    homelab: StackFile, sandbox: StackFile, last: StackFile, differing: Callable[[Config], Config] = dict
) -> Derived:
    """
    Bring the sandbox's stack file up to date; it is written only when something changed.

    :param last: a file in the sandbox's folder that keeps what was derived
    :param differing: the homelab stack's `config:` → the same with what differs on this machine
    """
    if not homelab.path.exists():
        problem = f"{homelab.path} is missing: the sandbox deploys what it declares"
        raise StackError(problem)
    before = sandbox.read()
    # Without the file nobody removed a key of it.
    known = last.config() if sandbox.path.exists() else {}
    declared = differing(homelab.config())
    derived = derive(declared, _mapping(before.get("config"), f"{sandbox.path}: config"), known)
    after = {**{key: value for key, value in before.items() if key in _ENCRYPTION}, "config": derived.config}
    if before != after:
        sandbox.write(after)
    plain, _ = without_secrets(declared)
    # A key that the user changed keeps its old record: it stays the user's until it is as the homelab's again.
    record = {key: value for key, value in plain.items() if key not in derived.kept}
    record |= {key: value for key, value in known.items() if key in derived.kept}
    if not last.path.exists() or record != last.config():
        last.write({"config": record})
    return derived


_ABSENT = object()


def _is_the_users(key: str, homelab: Config, sandbox: Config, last: Config) -> bool:
    here = _comparable(sandbox.get(key, _ABSENT))
    return here not in (_comparable(last.get(key, _ABSENT)), _comparable(homelab.get(key, _ABSENT)))


def _comparable(value: Any) -> Any:
    """Pulumi writes every plain value back as a text when it saves the file."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


def _mapping(value: Any, where: str) -> Config:
    if value is None:
        return {}
    if not isinstance(value, dict):
        problem = f"{where} is {type(value).__name__}, it must be a mapping"
        raise StackError(problem)
    return value
