"""What to do after a loss: chapters of commands, in their order."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field

from declaration import Homelab
from operations.backup.options import NAME
from operations.backup.parts.contents import BOOTSTRAP, STATE, VALUES, stack_file
from operations.backup.restore import restore_commands
from operations.backup.targets.folders import NAME as TIME
from operations.backup.targets.folders import Backup

FOLDER = "recovery"
"""The folder that the backup is extracted to."""

PYTHON = ".venv/bin/python"


@dataclass(frozen=True)
class Facts:
    """
    :param remote: the program's git repository; empty if it is unknown
    :param bootstrap: the names in `bootstrap.json`
    """

    backup: Backup
    homelab: Homelab[None]
    remote: str
    bootstrap: tuple[str, ...]

    @property
    def stack(self) -> str:
        return self.backup.manifest.stack

    @property
    def stack_file(self) -> str:
        return stack_file(self.stack)

    @property
    def has_database(self) -> bool:
        return bool(self.backup.manifest.key_opens_database)


@dataclass(frozen=True)
class Step:
    """Something to do: with these commands, or by hand."""

    text: str
    commands: tuple[str, ...] = ()


@dataclass(frozen=True)
class Chapter:
    """
    :param lost: what is lost, or what every recovery begins with
    """

    title: str
    steps: tuple[Step, ...] = field(repr=False)


def chapters(facts: Facts) -> Iterator[Chapter]:
    yield Chapter("Before every recovery", tuple(_extract(facts)))
    yield Chapter("The cluster is lost, or cluster and state", tuple(_cluster(facts)))
    yield Chapter("Only Infisical's data is lost", tuple(_data(facts)))
    yield Chapter("Only the state is lost", (*_state(facts), _up("up --refresh")))
    yield Chapter("The passphrase is lost", tuple(_passphrase(facts)))
    yield Chapter("After every recovery", (Step("Remove the values from the disk.", (f"rm -r {FOLDER}",)),))


def _extract(facts: Facts) -> Iterator[Step]:
    revision = facts.backup.manifest.versions.get("program", "")
    folder = shlex.quote(str(facts.backup.folder))
    get = (f"git clone {shlex.quote(facts.remote)} homelab && cd homelab",) if facts.remote else ()
    checkout = (f"git checkout {revision}",) if revision != "unknown" else ()
    yield Step(
        "If the program is lost: get it as it was, and its packages.", (*get, *checkout, "make venv", "pulumi install")
    )
    yield Step(
        "Check the backup, and decrypt it. Leave `--identity` out for a key in gpg.",
        tuple(
            f"{PYTHON} -m {NAME.removeprefix('python -m ')} {verb} {folder}{to} --identity key.txt"
            for verb, to in (("verify", ""), ("extract", f" --to {FOLDER}"))
        ),
    )


def _cluster(facts: Facts) -> Iterator[Step]:
    yield Step(
        "Install Kubernetes, Argo CD and the External Secrets Operator, in the versions above. Create the namespaces "
        "of the apps. Make KUBECONFIG, or `kubernetes:kubeconfig` and `kubernetes:context` in the stack file, name the "
        "new cluster: the next steps change what they name."
    )
    yield from _state(facts)
    yield Step(
        "Create the objects again. This takes some minutes, and ends with an error: Infisical has no data yet.",
        ("pulumi up --refresh --yes",),
    )
    yield from _data(facts)


def _state(facts: Facts) -> Iterator[Step]:
    stack = shlex.quote(facts.stack)
    yield Step(
        "Import the state. pulumi asks for the stack's passphrase, unless `PULUMI_CONFIG_PASSPHRASE` is set. Leave "
        "`stack init` out if the stack exists, and `cp` if the stack file is not lost.",
        (
            f"cp {FOLDER}/{facts.stack_file} .",
            f"pulumi stack init {stack}",
            f"cp {FOLDER}/{facts.stack_file} .",
            f"pulumi stack import --stack {stack} --file {FOLDER}/{STATE}",
        ),
    )


def _data(facts: Facts) -> Iterator[Step]:
    if facts.has_database:
        at = facts.backup.manifest.created.strftime(TIME).replace("T", "_").removesuffix("Z")
        commands = restore_commands(facts.homelab, FOLDER, at)
        yield Step("Restore the database. What is in it is set aside, not removed.", tuple(commands))
        yield _up("up")
        return
    yield Step(
        "The database is not in the backup. If you have a dump of it, restore it with your own tools. Otherwise, set "
        "Infisical up again and import the declared values. Confirm each that was changed after it was seeded.",
        ("pulumi up", f"{_import(facts)} --to infisical"),
    )
    yield _up("up")


def _passphrase(facts: Facts) -> Iterator[Step]:
    stack = shlex.quote(facts.stack)
    yield Step(
        f"The state and the encrypted values in `{facts.stack_file}` cannot be read. Remove `encryptionsalt` and every "
        "`secure:` value from the file, and create a stack with a new passphrase.",
        (f"pulumi stack rm --force --yes --preserve-config {stack}", f"pulumi stack init {stack}"),
    )
    if facts.bootstrap:
        yield Step(
            "Set the keys and passwords in use.",
            tuple(_set(name) for name in facts.bootstrap),
        )
    yield Step(
        "Import the values, adopt what exists, and check each delivery.",
        (_import(facts), "pulumi up"),
    )


def _set(name: str) -> str:
    read = f'import json; print(json.load(open("{FOLDER}/{BOOTSTRAP}"))["{name}"])'
    return f"{PYTHON} -c {shlex.quote(read)} | pulumi config set --secret homelab:{name}"


def _up(arguments: str) -> Step:
    return Step("Deploy, and check that each app's Secret holds its values.", (f"pulumi {arguments}",))


def _import(facts: Facts) -> str:
    stack = "" if facts.stack == "homelab" else f" --stack {shlex.quote(facts.stack)}"
    return f"{PYTHON} -m operations import-values {FOLDER}/{VALUES}{stack}"
