"""
`homelab:restoreSeeds`: a trigger for each missing value that its seed replaces, although an app may hold another value.

A trigger is a date, and works once: the state records it. So an entry that is left in the stack config does no harm.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Final

from declaration.config_keys import config_path
from declaration.inventory import Generate
from declaration.problems import Problem, kind_of
from declaration.values.keys import Key, KeyId, Keys, resolve
from declaration.values.rotations import trigger_text, wrong_trigger

PATH: Final = "homelab:restoreSeeds"


def restore_command(key: str) -> str:
    """The command that restores the seed of a key, given by its label."""
    return f"pulumi config set --path '{config_path(PATH, key)}' $(date +%F)"


def parse_restored_seeds(
    declared: object, keys: Keys | None, given: Collection[KeyId], problems: list[Problem]
) -> dict[KeyId, str]:
    """
    Read `homelab:restoreSeeds`.

    :param declared: the mapping of keys to triggers, as decoded; None if missing
    :param keys: those of the inventory; None if it has errors, and they cannot be checked
    :param given: the keys that have a value in the stack config
    :param problems: receives every problem
    """
    if declared is None:
        return {}
    if not isinstance(declared, Mapping):
        expected, fix = "a mapping of keys to dates", f"run `{restore_command('KEY')}`"
        problems.append(Problem(PATH, kind_of(declared), expected, fix))
        return {}
    found = resolve(PATH, map(str, declared), keys, restore_command, problems) if keys else {}
    for name, trigger in declared.items():
        problems.extend(wrong_trigger(f"{PATH}.{name}", trigger, restore_command(name)))
        if keys:
            problems.extend(_wrong_key(str(name), found.get(str(name)), bool(keys.find(str(name))), given))
    return {key.id: trigger_text(declared[name]) for name, key in found.items()}


def _wrong_key(name: str, key: Key | None, is_known: bool, given: Collection[KeyId]) -> Iterator[Problem]:
    path, remove = f"{PATH}.{name}", f"run `pulumi config rm --path '{config_path(PATH, name)}'`"
    if not is_known:
        yield Problem(path, "a trigger for a key that no app reads", "a key that an app declares", remove)
    elif key and key.declared.immutable:
        found = "a trigger for an `immutable` key: a new value would lose the data that the key protects"
        fix = f"{remove}, and add {key.name} with the value in use to {key.folder} in Infisical"
        yield Problem(path, found, "a key that is not immutable", fix)
    elif key and not isinstance(key.declared.source, Generate) and key.id not in given:
        found = "a trigger for a key without a seed"
        yield Problem(path, found, "a key with `source: generate`, or with a value in homelab:values", remove)
