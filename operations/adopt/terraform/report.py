"""What the command prints about a move from Terraform. It shows names, never values."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from declaration import PROJECT
from operations.adopt.report import as_json as adopted_as_json
from operations.adopt.terraform.live import Live
from operations.adopt.terraform.plan import Plan, Source
from operations.adopt.terraform.state import State
from operations.adopt.terraform.targets import EXTERNAL_SECRET, SECRET
from operations.adopt.terraform.variables import OF_THE_OPERATOR, VARIABLES
from operations.adopt.writing.table import table

PAGE = "docs/how-to/take-over-an-installation.md"


def as_text(plan: Plan, source: Source, project: Path) -> str:
    variables = [("variable", "stack config", "result"), *_variables(plan)]
    objects = [("object", "result", "former managers"), *_objects(plan)]
    parts = [table(variables), table(objects), *_notes(plan, source), *(each.diff(project) for each in plan.changes)]
    return "\n\n".join(filter(None, parts))


def _variables(plan: Plan) -> Iterator[tuple[str, str, str]]:
    for variable in VARIABLES:
        if variable.name in plan.given.values:
            result = "set" if variable.key in plan.values else "set already"
            yield variable.name, f"{PROJECT}:{variable.key}", f"{result}{', encrypted' * variable.is_secret}"
    for name, reason in plan.given.left_out.items():
        yield name, "-", f"not used: {reason}"
    for name in plan.given.unknown:
        yield name, "-", "not used: unknown variable"


def _objects(plan: Plan) -> Iterator[tuple[str, str, str]]:
    for live in plan.lives:
        yield f"{live.target.kind} {live.target.place}", result_of(live, plan), ", ".join(live.managers) or "-"

    if plan.server.content is not None:
        result = "annotate it, so that the update does not restart it" if plan.needs_note else "annotated already"
        yield f"Deployment {plan.server.target.place}", result, "-"


def result_of(live: Live, plan: Plan) -> str:
    if live.content is None:
        return "the update creates it"
    if live.target.kind == EXTERNAL_SECRET and not live.is_equal:
        return "taken over by adopt: true" if live.managers or live in plan.to_add else "taken over already"
    if live not in (*plan.to_hand_over, *plan.to_add):
        return "taken over already"
    return f"take over the key {live.target.key}" if live.target.key else "take over"


def _notes(plan: Plan, source: Source) -> Iterator[str]:
    if plan.managed and any(name in plan.given.left_out for name in OF_THE_OPERATOR):
        yield (
            "The first update gives the operator a login of the identity that the program manages. Delete the client "
            "secret of the previous identity in Infisical afterwards."
        )
    if plan.older:
        yield f"The state of Terraform has an older value, which is not used: {', '.join(plan.older)}."
    refused = [each for each in plan.adopted if each.result in ("different", "refused")]
    if refused:
        names = ", ".join(each.found.place for each in refused)
        command = "python -m operations adopt --live --dry-run"
        yield f"ExternalSecrets that cannot be declared as they are: {names}. `{command}` shows the reasons."
    if plan.undelivered:
        yield (
            f"Warning: the update restricts the store to declared apps. These ExternalSecrets then fail: "
            f"{', '.join(plan.undelivered)}. Declare them, or give them a store of their own, before `pulumi up`."
        )
    argocd = [live for live in plan.lives if live.target.kind == EXTERNAL_SECRET and "argocd" in str(live.managers)]
    if argocd:
        yield (
            "Argo CD deploys ExternalSecrets that the update takes over. Remove them from git without deleting them "
            "from the cluster: otherwise Argo CD reverts them."
        )


def after(source: Source) -> str:
    """What to do next."""
    lines = ["Written. Next: run `pulumi preview`, then `pulumi up`. The update creates none of these objects again."]
    if commands := removals(source.state):
        lines += ["Then remove them from the state of Terraform, and never run `terraform destroy`:"]
        lines += [f"  {command}" for command in commands]
        if others := source.state.others():
            lines += [f"Terraform still manages: {', '.join(others)}."]
    else:
        lines += [f"Then remove them from the state of Terraform, and never run `terraform destroy`: {PAGE}"]
    return "\n".join(lines)


def removals(state: State) -> list[str]:
    """The commands after which Terraform no longer knows what the program manages."""
    return [f"terraform state rm {shlex.quote(address)}" for address in state.released()]


def as_json(plan: Plan, source: Source, project: Path, *, written: bool) -> dict[str, Any]:
    adopted = adopted_as_json(plan.adopted, (), plan.changes, project, written=written)
    return {
        "variables": [dict(zip(("name", "config", "result"), row, strict=True)) for row in _variables(plan)],
        "objects": [
            {
                "kind": live.target.kind,
                "namespace": live.target.namespace,
                "name": live.target.name,
                "uid": live.uid,
                "key": live.target.key if live.target.kind == SECRET else "",
                "formerManagers": live.managers,
                "result": result_of(live, plan),
            }
            for live in plan.lives
        ],
        "notes": list(_notes(plan, source)),
        "terraformStateRm": removals(source.state),
        **adopted,
    }
