"""Compares two revisions of the homelab: on a throw-away state, or on a deployed stack."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from operations.pull_request.declared import Declared, read_declaration, secrets_in_clear
from operations.pull_request.deployed import DeployedStack
from operations.pull_request.elsewhere import changes_elsewhere
from operations.pull_request.immutable import touched_resources
from operations.pull_request.keys import KeyChange, changes, immutable_keys
from operations.pull_request.offline.folder import throw_away_folder
from operations.pull_request.offline.stack import OfflineStack
from operations.pull_request.preview import Preview
from operations.pull_request.report.markdown import code
from operations.pull_request.report.redaction import Redaction, secrets_of_state
from operations.pull_request.report.report import Report, Validation, label
from operations.pull_request.revision import WORKING_TREE, Revision, write_tree
from operations.pull_request.schemas import Schemas
from tooling.errors import ToolError
from tooling.stack.plugins import Plugin
from tooling.stack.throw_away import ThrowAwaySecrets
from tooling.stack.workspace import CHECKOUT
from tooling.toolchain import ensure_definitions, ensure_engine
from tooling.toolchain.progress import Reporter

REQUIREMENTS: Final = "requirements.txt"
NO_COMMAND: Final = "The commands of the program were not run."


def compare_offline(
    repository: Path, base: Revision, head: Revision, stack: str, reporter: Reporter, longest: float | None = None
) -> tuple[Report, Redaction]:
    """
    Preview the head on the state of a deployed base, without a cluster.

    :param longest: the time limit of each pulumi, in seconds
    :returns: the report, and the redaction that removes every secret involved
    :raises OperationError: a revision cannot be read
    :raises ToolingError: pulumi is missing and cannot be built
    """
    with throw_away_folder() as folder:
        throw_away = ThrowAwaySecrets()
        declared = _declarations(folder, repository, base, head, stack, throw_away)
        hidden = throw_away.values | _in_clear(declared.values())
        report = _compared(base, head, declared["base"], declared["head"])
        if report.problems:
            return report, Redaction(hidden)
        schemas, missing = _schemas(reporter)
        # A program in the sandbox's folder does not count as installed.
        tools = ensure_engine(reporter, ours=[CHECKOUT / ".sandbox"])
        work = OfflineStack(folder, tools, stack, reporter, longest)
        notes = [*_notes(work.plugins), *_packages(folder / "base", folder / "head")]
        for name, revision in (("base", base), ("head", head)):
            if note := work.prepare(folder / name, declared[name].config, throw_away.values):
                notes.append(f"{code(revision.name)} {note}.")
        errors = work.put(folder / "base")
        state = work.state(folder / "base")
        redaction = Redaction(hidden | {work.passphrase} | secrets_of_state(state))
        report = replace(report, notes=tuple(notes))
        if errors:
            return replace(report, base_errors=tuple(map(redaction.hide, errors))), redaction
        preview = _hidden(work.preview(folder / "head"), redaction)
        report = _with_preview(report, preview, state, declared["base"])
        return replace(report, validation=_validated(preview, schemas, missing)), redaction


def compare_deployed(
    repository: Path, base: Revision, stack: str, reporter: Reporter, longest: float | None = None
) -> tuple[Report, Redaction]:
    """
    Preview the working tree on the deployed stack that the environment selects. The API server checks each object.

    :param stack: whose stack file the two declarations are read from
    :param longest: the time limit of the preview, in seconds
    :raises OperationError: the environment selects no stack
    :raises ToolingError: pulumi is missing, or cannot read the stack
    """
    with throw_away_folder() as folder:
        throw_away = ThrowAwaySecrets()
        declared = _declarations(folder, repository, base, WORKING_TREE, stack, throw_away)
        hidden = throw_away.values | _in_clear(declared.values())
        report = _compared(base, WORKING_TREE, declared["base"], declared["head"])
        if report.problems:
            return report, Redaction(hidden)
        deployed = DeployedStack(
            folder, repository, ensure_engine(reporter, ours=[CHECKOUT / ".sandbox"]), reporter, longest
        )
        state = deployed.state()
        redaction = Redaction(hidden | secrets_of_state(state))
        report = _with_preview(report, _hidden(deployed.preview(), redaction), state, declared["base"])
        notes = [
            f"Compared with the deployed stack {code(deployed.name)}; its API server checked each object in a dry run.",
            NO_COMMAND,
            *_plugins(deployed.plugins),
        ]
        return replace(report, notes=tuple(notes)), redaction


def _declarations(
    folder: Path, repository: Path, base: Revision, head: Revision, stack: str, throw_away: ThrowAwaySecrets
) -> dict[str, Declared]:
    """Write both revisions to `folder`, and read their declarations."""
    for name, revision in (("base", base), ("head", head)):
        write_tree(repository, revision, folder / name)
    return {name: read_declaration(folder / name, stack, throw_away) for name in ("base", "head")}


def _in_clear(declared: Iterable[Declared]) -> set[str]:
    return {text for each in declared for text in secrets_in_clear(each.config)}


def _compared(base: Revision, head: Revision, old: Declared, new: Declared) -> Report:
    """Compare only the two declarations."""
    keys: tuple[KeyChange, ...] | None = None
    if old.homelab and new.homelab:
        keys = (*changes(old, new), *changes_elsewhere(old, new))
    return Report(base.name, head.name, problems=new.problems, base_problems=old.problems, keys=keys)


def _with_preview(report: Report, preview: Preview, state: Any, base: Declared) -> Report:
    keys = immutable_keys(base) if base.homelab else set()
    resources = state["deployment"].get("resources") or ()
    return replace(
        report,
        preview=preview,
        touched=tuple(dict.fromkeys(touched_resources(preview, keys))),
        known=frozenset(resource["urn"] for resource in resources if resource.get("external")),
    )


def _hidden(preview: Preview, redaction: Redaction) -> Preview:
    """Hide secrets in the program's own error messages: the engine masks only values that it knows are secret."""
    return replace(preview, errors=tuple(map(redaction.hide, preview.errors)))


def _schemas(reporter: Reporter) -> tuple[Schemas | None, str]:
    try:
        return Schemas(*ensure_definitions(reporter)), ""
    except ToolError as error:
        return None, f"the schemas could not be loaded: {str(error).splitlines()[0]}"


def _validated(preview: Preview, schemas: Schemas | None, missing: str) -> Validation:
    if schemas is None:
        return Validation(missing=missing)
    valid, wrong, unknown = 0, {}, set()
    for step in preview.steps:
        if not step.type.startswith("kubernetes:") or step.action in ("delete", "read"):
            continue
        problems = schemas.problems(step.inputs)
        if problems is None:
            unknown.add(f"{step.inputs.get('apiVersion')} {step.inputs.get('kind')}")
        elif problems:
            wrong[label(step)] = problems
        else:
            valid += 1
    return Validation(valid, dict(sorted(wrong.items())), tuple(sorted(unknown)))


def _notes(plugins: Iterable[Plugin]) -> list[str]:
    return [
        "Compared with a throw-away state and throw-away secrets, without a cluster, Infisical or a passphrase. This"
        " report does not know which objects exist already, or which tool manages them.",
        NO_COMMAND,
        *_plugins(plugins),
    ]


def _plugins(plugins: Iterable[Plugin]) -> list[str]:
    return [f"Providers: {', '.join(f'{each.name} ({each.origin})' for each in plugins)}."]


def _packages(base: Path, head: Path) -> list[str]:
    texts = [
        (folder / REQUIREMENTS).read_bytes() if (folder / REQUIREMENTS).exists() else b"" for folder in (base, head)
    ]
    if texts[0] == texts[1]:
        return []
    return [f"{code(REQUIREMENTS)} differs between the revisions; both ran with the packages installed here."]
