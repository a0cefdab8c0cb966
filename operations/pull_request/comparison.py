"""Two revisions of the homelab, compared: on a state that is thrown away, or on the sandbox's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from operations.pull_request.declared import Declared, read_declaration, secrets_in_clear
from operations.pull_request.folder import throw_away_folder
from operations.pull_request.immutable import touched_resources
from operations.pull_request.keys import KeyChange, changes, immutable_keys
from operations.pull_request.markdown import code
from operations.pull_request.offline import NO_COMMANDS, PREVIEW, OfflineStack, as_preview, small_environment
from operations.pull_request.preview import Preview
from operations.pull_request.process import run
from operations.pull_request.redaction import Redaction, secrets_of_state
from operations.pull_request.report import Report, Validation, label
from operations.pull_request.revision import WORKING_TREE, Revision, write_tree
from operations.pull_request.schemas import Schemas
from operations.pull_request.throw_away import ThrowAwaySecrets
from sandbox.homelab import STACK, Homelab
from tooling.errors import ToolError
from tooling.stack import Workspace
from tooling.stack.plugins import Plugin
from tooling.stack.workspace import CHECKOUT
from tooling.toolchain import ensure_definitions, ensure_engine
from tooling.toolchain.progress import Reporter

REQUIREMENTS: Final = "requirements.txt"
NO_COMMAND: Final = "No command was run, of neither revision."


def compare_offline(
    repository: Path, base: Revision, head: Revision, stack: str, reporter: Reporter
) -> tuple[Report, Redaction]:
    """
    Preview a revision on the state that another one has when it is deployed, with nothing there to deploy to.

    :returns: the report, and what takes every secret out of it that was ever in play
    :raises OperationError: a revision cannot be had
    :raises SandboxError: pulumi cannot be had
    """
    with throw_away_folder() as folder:
        throw_away = ThrowAwaySecrets()
        for name, revision in (("base", base), ("head", head)):
            write_tree(repository, revision, folder / name)
        declared = {name: read_declaration(folder / name, stack, throw_away) for name in ("base", "head")}
        clear = _in_clear(declared.values())
        report = _compared(base, head, declared["base"], declared["head"])
        if report.problems:
            return report, Redaction(throw_away.values | clear)
        schemas, missing = _schemas(reporter)
        # What was removed by hand out of a sandbox is no program of the machine's.
        tools = ensure_engine(reporter, ours=[CHECKOUT / ".sandbox"])
        work = OfflineStack(folder, tools, stack, reporter)
        hidden = throw_away.values | clear | {work.passphrase}
        notes = [*_notes(work.plugins), *_packages(folder / "base", folder / "head")]
        for name, revision in (("base", base), ("head", head)):
            if note := work.prepare(folder / name, declared[name].config, throw_away.values):
                notes.append(f"{code(revision.name)}: {note}.")
        errors = work.put(folder / "base")
        state = work.state(folder / "base")
        redaction = Redaction(hidden | secrets_of_state(state))
        report = replace(report, notes=tuple(notes))
        if errors:
            return replace(report, base_errors=tuple(map(redaction.hide, errors))), redaction
        preview = _hidden(work.preview(folder / "head"), redaction)
        report = _with_preview(report, preview, state, declared["base"])
        return replace(report, validation=_validated(preview, schemas, missing)), redaction


def compare_on_sandbox(repository: Path, base: Revision, reporter: Reporter) -> tuple[Report, Redaction]:
    """
    Preview the working tree on the sandbox's stack as it runs, with the API server's own dry runs.

    :raises SandboxError: the sandbox cannot be set up
    """
    homelab = Homelab(repository, reporter)
    with throw_away_folder() as folder, homelab.alone():
        throw_away = ThrowAwaySecrets()
        for name, revision in (("base", base), ("head", WORKING_TREE)):
            write_tree(repository, revision, folder / name)
        declared = {name: read_declaration(folder / name, "homelab", throw_away) for name in ("base", "head")}
        hidden = throw_away.values | _in_clear(declared.values())
        report = _compared(base, WORKING_TREE, declared["base"], declared["head"])
        if report.problems:
            return report, Redaction(hidden)
        sandbox = homelab.set_up()
        state = homelab.state(sandbox)
        redaction = Redaction(hidden | secrets_of_state(state))
        plugins = Workspace(folder / "workspace", sandbox.tools, None, STACK, NO_COMMANDS)
        used = plugins.ensure(reporter)
        environment = sandbox.workspace.environment(small_environment(folder / "home"))
        environment["PULUMI_HOME"] = plugins.settings()["PULUMI_HOME"]
        argv = [str(sandbox.workspace.bin / "pulumi"), "--non-interactive", *PREVIEW]
        done = run(argv, repository, environment, folder / "engine.json")
        report = _with_preview(report, _hidden(as_preview(done), redaction), state, declared["base"])
        notes = [
            "Compared with what runs in the sandbox; its API server has tried each object in a dry run.",
            NO_COMMAND,
            *_plugins(used),
        ]
        return replace(report, notes=tuple(notes)), redaction


def _in_clear(declared: Iterable[Declared]) -> set[str]:
    return {text for each in declared for text in secrets_in_clear(each.config)}


def _compared(base: Revision, head: Revision, old: Declared, new: Declared) -> Report:
    """What the two declarations alone tell."""
    keys: tuple[KeyChange, ...] | None = None
    if old.homelab and new.homelab:
        keys = tuple(changes(old, new))
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
    """The engine hides what is declared secret; of what a program says itself it knows nothing."""
    return replace(preview, errors=tuple(map(redaction.hide, preview.errors)))


def _schemas(reporter: Reporter) -> tuple[Schemas | None, str]:
    try:
        return Schemas(*ensure_definitions(reporter)), ""
    except ToolError as error:
        return None, f"the schemas of their kinds cannot be had ({str(error).splitlines()[0]})."


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
        "Compared with a state that was made for this alone, with throw-away secrets: no cluster, no Infisical and no"
        " passphrase had a part in it. Whether an object is there already, or in somebody else's hands, is not known.",
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
    return [f"The two differ in {code(REQUIREMENTS)}: both ran with the packages that are installed here."]
