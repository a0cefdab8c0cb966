"""What `homelab:backup` says, for the options of a command that are not given."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from declaration import BACKUP, PROJECT, Backup, Problem, parse_backup
from declaration.site.recipients import is_file
from declaration.yaml_text import load_yaml
from operations.errors import OperationError
from tooling.errors import StackError
from tooling.stack.declared import problems_text

KEY: Final = f"{PROJECT}:{BACKUP}"


def backup_of(asked: argparse.Namespace) -> Backup:
    """
    Read `homelab:backup`. Nothing else of the stack file is checked: these commands also work in a recovery.

    :param asked: with `project` and `stack`
    :raises StackError: it has problems
    """
    name = f"Pulumi.{asked.stack.rpartition('/')[2]}.yaml"
    file = asked.project / name
    if not file.exists():
        return Backup()
    problems: list[Problem] = []
    content = load_yaml(name, file.read_text(encoding="utf-8"), problems)
    config = content.get("config") if isinstance(content, dict) else None
    given = config.get(KEY, {}) if isinstance(config, dict) else {}
    backup = parse_backup(KEY, given, asked.project, problems)
    if problems:
        raise StackError(problems_text(name, problems))
    return backup


def targets_of(asked: argparse.Namespace) -> tuple[Path, ...]:
    """
    The folders of `--to`, or else those of the declaration.

    :raises OperationError: neither names one
    """
    return given_targets(asked.to, Backup() if asked.to else backup_of(asked))


def given_targets(given: Sequence[Path], backup: Backup) -> tuple[Path, ...]:
    """
    The given folders, or else those of the declaration.

    :raises OperationError: neither names one
    """
    found = given or [Path(each).expanduser() for each in backup.to]
    if not found:
        what, fix = "No folder of backups is named", f"name it with --to, or in {KEY}: `to: [/mnt/usb]`"
        raise OperationError(what, expected="one or more folders", fix=fix)
    return tuple(dict.fromkeys(each.absolute() for each in found))


def given_recipients(given: Sequence[str], backup: Backup, project: Path) -> list[str]:
    """
    The given recipients, or else those of the declaration.

    :raises OperationError: neither names one
    """
    found = given or [str(project / each) if is_file(each) else each for each in backup.recipients]
    if not found:
        what, fix = "No recipient is named", f"name it with --recipient, or in {KEY}: `recipients: [age1…]`"
        raise OperationError(what, expected="who can decrypt the backup", fix=fix)
    return list(found)
