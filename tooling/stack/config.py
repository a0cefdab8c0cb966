"""
The sandbox's stack config, `Pulumi.sandbox.yaml`, derived from `Pulumi.homelab.yaml`.

For each key: what the user set, changed or removed on the sandbox's stack (`pulumi config set|rm`) is kept. Every other
key is copied from `Pulumi.homelab.yaml`, except what differs on this machine (sandbox/stack/differences.py). The folder
of the sandbox keeps the last derived config, to distinguish a change by the user from one of `Pulumi.homelab.yaml`.

Encrypted values of the homelab's stack are skipped, because they need its passphrase.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from declaration import DeclarationError, Problem
from declaration.yaml_text import load_yaml
from tooling.errors import StackError
from tooling.private_file import write_private
from tooling.yaml_text import dump_yaml

Config = dict[str, Any]

CLUSTER_KEYS = ("kubernetes:kubeconfig", "kubernetes:context", "kubernetes:cluster")
"""The keys that select the homelab's cluster, which a deployment to the sandbox must never reach."""

HEADER = """\
# Derived from Pulumi.homelab.yaml. Each `make up` updates it.
# Infisical's addresses are those of this machine. Keys with `source: manual` have throw-away values from this stack.
# What you set here with `pulumi config set` is kept. `make down` removes this file.
"""

# Each stack has its own encryption.
_ENCRYPTION = ("secretsprovider", "encryptedkey", "encryptionsalt")


@dataclass(frozen=True)
class Derived:
    """
    :param config: the new config of the sandbox's stack
    :param left_out: paths of the encrypted values that were skipped
    :param kept: keys whose value is the user's instead of the homelab's
    """

    config: Config
    left_out: tuple[str, ...]
    kept: tuple[str, ...]


def derive(homelab: Config, sandbox: Config, last: Config) -> Derived:
    """
    :param homelab: the homelab stack's `config:`
    :param sandbox: the sandbox stack's current `config:`
    :param last: the result of the last derivation
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
    """Return the config without its encrypted values, and their paths."""
    left_out: list[str] = []

    def plain(value: Any, path: str) -> Any:
        if isinstance(value, dict):
            if set(value) == {"secure"}:
                left_out.append(path)
                return _ABSENT
            inner = {key: plain(each, f"{path}.{key}") for key, each in value.items()}
            kept = {key: each for key, each in inner.items() if each is not _ABSENT}
            # A mapping with only encrypted values is skipped as a whole.
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
        Return the whole file; empty if it does not exist.

        :raises StackError: it is not valid YAML, has a key twice, or is not a mapping
        """
        problems: list[Problem] = []
        try:
            content = load_yaml(self.path.name, self.path.read_text(), problems)
        except FileNotFoundError:
            return {}
        if problems:
            raise StackError(str(DeclarationError(str(self.path), problems, "the command again")))
        return _mapping(content, str(self.path))

    def config(self) -> Config:
        """Return its `config:`."""
        return _mapping(self.read().get("config"), f"{self.path}: config")

    def write(self, content: Mapping[str, Any]) -> None:
        text = dump_yaml(content)
        write_private(self.path, HEADER + text)


def derive_stack_file(
    homelab: StackFile, sandbox: StackFile, last: StackFile, differing: Callable[[Config], Config] = dict
) -> Derived:
    """
    Update the sandbox's stack file. It is written only if something changed.

    :param last: a file in the sandbox's folder that keeps the last result
    :param differing: changes a copy of the homelab stack's `config:` for this machine
    """
    if not homelab.path.exists():
        problem = f"{homelab.path} not found: the sandbox deploys what it declares. Fix: restore it, or create it"
        raise StackError(problem)
    before = sandbox.read()
    # A missing file does not mean that the user removed its keys.
    known = last.config() if sandbox.path.exists() else {}
    declared = differing(homelab.config())
    derived = derive(declared, _mapping(before.get("config"), f"{sandbox.path}: config"), known)
    after = {**{key: value for key, value in before.items() if key in _ENCRYPTION}, "config": derived.config}
    if before != after:
        sandbox.write(after)
    plain, _ = without_secrets(declared)
    # A key that the user changed keeps its old record until it equals the homelab's value again.
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
    """Convert the value to a string, as Pulumi does when it saves the file."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


def _mapping(value: Any, where: str) -> Config:
    if value is None:
        return {}
    if not isinstance(value, dict):
        problem = f"{where}: found {type(value).__name__}, expected a mapping"
        raise StackError(problem)
    return value
