"""`backup sheet`: a page for the safe. It says what is where, and which commands to run; values only if asked."""

from __future__ import annotations

import argparse
import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from operations.backup.defaults import targets_of
from operations.backup.keys.decryption import decrypt, find_keys
from operations.backup.options import NAME, NOT_ALL, PAGE, add_identity, add_targets, reported
from operations.backup.parts.contents import BOOTSTRAP
from operations.backup.parts.program import remote_of
from operations.backup.recovery import Chapter, Facts, chapters
from operations.backup.targets.folders import Backup, backups_in, check_target, of_one_kind
from operations.backup.targets.manifest import TIME
from operations.errors import OperationError
from operations.questions import confirmed
from operations.values.options import declared
from tooling.private_file import write_private

OWN: Final = f"{NAME} sheet"
BLANK: Final = "________________________"


def main(arguments: list[str]) -> int:
    """Return the exit code: 0, 1 if values were not confirmed, 2 for an error, 130 when interrupted."""
    parser = argparse.ArgumentParser(
        prog=OWN,
        description="Print a recovery sheet in Markdown for the newest backup: what is where, and the commands of each "
        f"recovery. Print it on paper. See {PAGE}.",
    )
    add_targets(parser)
    parser.add_argument("--output", type=Path, metavar="FILE", help="write a new file with mode 0600 instead of stdout")
    parser.add_argument(
        "--with-values", action="store_true", help=f"add the values of {BOOTSTRAP}; needs --output and asks first"
    )
    add_identity(parser, "for --with-values: an age identity or an SSH private key (default: gpg's secret key)")
    parser.add_argument("--yes", action="store_true", help="add the values without a question")
    asked = parser.parse_args(arguments)
    if asked.with_values and not asked.output:
        parser.error("--with-values needs --output: values are not printed")
    return reported(lambda: _print(asked), "Nothing was written.")


def _print(asked: argparse.Namespace) -> int:
    if asked.output and asked.output.exists():
        what, fix = f"The sheet cannot be written to {asked.output}", "name a file that does not exist"
        raise OperationError(what, found="it exists", fix=fix)
    newest = [_newest(target, asked.stack) for target in targets_of(asked)]
    latest = max(newest, key=lambda each: each.manifest.created)
    values: dict[str, str] = {}
    if asked.with_values:
        values = _values(latest, asked.identity)
        if not asked.yes and not confirmed(f"Write {', '.join(values)} unencrypted to {asked.output}?"):
            return NOT_ALL
    facts = Facts(latest, declared(asked), remote_of(asked.project), latest.manifest.bootstrap)
    text = "\n".join(sheet(facts, newest, values))
    if asked.output:
        write_private(asked.output, text)
        print(f"Written: {asked.output} (mode 0600)")
    else:
        print(text, end="")
    return 0


def sheet(facts: Facts, newest: list[Backup], values: Mapping[str, str]) -> Iterator[str]:
    """The lines of the page."""
    manifest = facts.backup.manifest
    yield f"# Recovery of the homelab `{facts.stack}`"
    yield ""
    yield f"As of {manifest.created.strftime(TIME)}. The commands need Python 3.11, make, git, pulumi and kubectl."
    yield ""
    yield from _table(("what", "where"), _places(facts, newest))
    yield from _table(("version of", "is"), [(name, f"`{version}`") for name, version in manifest.versions.items()])
    yield "Not in the backup:"
    yield ""
    yield from (f"- {each.what}: {each.why}" for each in manifest.missing)
    for chapter in chapters(facts):
        yield from _chapter(chapter)
    if values:
        yield "\n## Values\n"
        yield from _table(("name in the stack config", "value"), [(name, f"`{each}`") for name, each in values.items()])


def _places(facts: Facts, newest: list[Backup]) -> Iterator[tuple[str, str]]:
    for each in newest:
        yield "newest backup", f"`{each.folder}`"
    for recipient in facts.backup.manifest.recipients:
        yield f"secret key of `{recipient}`", BLANK
    yield "passphrase of the stack", BLANK
    yield "state, and the login to its backend", BLANK
    yield "program", f"`{facts.remote}`" if facts.remote else BLANK
    yield "Infisical", facts.homelab.infisical.url


def _chapter(chapter: Chapter) -> Iterator[str]:
    yield f"\n## {chapter.title}\n"
    for number, step in enumerate(chapter.steps, 1):
        yield f"{number}. {step.text}"
        if step.commands:
            yield "\n```sh"
            yield from step.commands
            yield "```\n"


def _table(head: tuple[str, str], rows: Iterator[tuple[str, str]] | list[tuple[str, str]]) -> Iterator[str]:
    yield f"| {head[0]} | {head[1]} |"
    yield "|---|---|"
    for name, content in rows:
        yield f"| {name} | {content} |"
    yield ""


def _newest(target: Path, stack: str) -> Backup:
    check_target(target, write=False)
    backups = of_one_kind(backups_in(target, stack))
    if not backups or backups[-1].manifest.has_only_database:
        what, fix = f"{target} has no complete backup of the stack {stack}", f"write one with `{NAME} --to {target}`"
        raise OperationError(what, found="only dumps of the database" if backups else "no backup", fix=fix)
    return backups[-1]


def _values(backup: Backup, identities: list[Path]) -> dict[str, str]:
    keys = find_keys(identities, backup.manifest)
    if not keys.suffix:
        what, fix = f"There is no key for {backup.folder}", "name an age identity with --identity"
        raise OperationError(what, expected="a recipient's secret key", fix=fix)
    sink = io.BytesIO()
    decrypt(backup.folder, BOOTSTRAP, keys, sink)
    found: dict[str, str] = json.loads(sink.getvalue())
    return found
