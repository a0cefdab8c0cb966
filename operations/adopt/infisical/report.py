"""What the command prints about an Infisical that exists. It shows names, never values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from operations.adopt.infisical.plan import Plan
from operations.adopt.infisical.proposals import as_lines
from operations.adopt.infisical.settings import OPERATOR, mark_of
from operations.adopt.writing.declared import STORE
from operations.adopt.writing.settings import value_at
from operations.adopt.writing.table import table

PAGE = "docs/how-to/existing-infisical.md"


def as_text(plan: Plan, project: Path) -> str:
    existing = plan.existing
    others = ", ".join(slug for slug in existing.environments if slug != existing.environment)
    head = [
        ("Infisical", existing.url),
        ("project", existing.project),
        ("environment", existing.environment + (f" (not used: {others})" if others else "")),
    ]
    rows = [("folder", "key", "result", "apps"), *_keys(plan)]
    members = [("identity", "roles in the project", "result"), *_identities(plan)]
    parts = [
        table(head),
        table(rows) if len(rows) > 1 else "The environment has no key.",
        table(members) if len(members) > 1 else "",
        *notes(plan),
        _lines(plan),
        plan.change.diff(project) if plan.change else "",
        summary(plan),
    ]
    return "\n\n".join(filter(None, parts))


def _keys(plan: Plan) -> Iterator[tuple[str, str, str, str]]:
    rows = [(each.folder, each.name, str(each.result), ", ".join(each.apps) or "-") for each in plan.keys]
    used = {each.folder for each in plan.keys}
    rows += [(folder, "-", "empty", "-") for folder in plan.existing.folders if folder not in used]
    yield from sorted(rows)


def _identities(plan: Plan) -> Iterator[tuple[str, str, str]]:
    existing = plan.existing
    rows = [
        (each.name, ", ".join(each.roles), _use(plan) if each.name == existing.operator else "not used")
        for each in existing.members or ()
    ]
    if existing.operators and existing.operator not in [name for name, *_ in rows]:
        rows.append((existing.operator, "-", _use(plan)))
    yield from sorted(rows)


def _use(plan: Plan) -> str:
    own = mark_of(plan.declared)
    if any(each.mark == own for each in plan.existing.operators or ()):
        return "the operator's, created by this stack"
    return "the operator's, with `adopt: true`"


def notes(plan: Plan) -> Iterator[str]:
    """What the owner has to know or decide."""
    existing = plan.existing
    if existing.members is None or existing.operators is None:
        yield (
            "The identities were not read: this login may not list them. `pulumi preview` names an identity that "
            "exists."
        )
    if any(each.path == (*OPERATOR, "adopt") for each in plan.settings):
        yield (
            f"The update takes over the identity {existing.operator!r} with the least privileges. If others use it, "
            f"write another `name` in homelab:infisical.operator instead: {PAGE}#an-identity-of-the-same-name"
        )
    elif existing.operator and existing.operators == () and existing.members:
        yield (
            f"The update creates the identity {existing.operator!r}. To use an existing one, run the command with "
            "--operator NAME."
        )
    if any(each.path in ((STORE,), (STORE, "hostAPI")) for each in plan.settings):
        host = value_at(plan.declared.config, (STORE, "hostAPI"))
        yield f"The operator reaches Infisical at {host}. If it has another address in the cluster, correct `hostAPI`."
    if unfit := [f"  {each.name} in {each.folder}: {each.reason}" for each in plan.unfit]:
        yield "\n".join(["The declaration cannot name these keys. Rename them in Infisical:", *unfit])
    if imports := [f"  {each}" for each in plan.imports]:
        yield "\n".join(
            ["The declaration has no imports. They stay. An app reads a key from the folder that has it:", *imports]
        )
    if personal := [f"  {each}" for each in plan.personal]:
        yield "\n".join(["Personal values stay. The operator delivers only the shared ones:", *personal])


def _lines(plan: Plan) -> str:
    if not plan.proposals:
        return ""
    text = "No app reads these keys. Add the lines, and replace what is in <…>; leave out what no app needs:"
    return f"{text}\n\n{as_lines(plan.proposals, plan.declared).rstrip()}"


def summary(plan: Plan) -> str:
    counted = Counter(each.result for each in plan.keys)
    missing = sum(count for result, count in counted.items() if result not in ("declared", "not declared"))
    parts = {"declared": counted["declared"], "not declared": counted["not declared"], "not in Infisical": missing}
    return f"Keys: {', '.join(f'{count} {what}' for what, count in parts.items() if count) or 'none'}."


def after(plan: Plan) -> str:
    """What to do next."""
    add = "add the lines above for the keys that apps need, then " * bool(plan.proposals)
    return f"Next: {add}run `pulumi preview`."


def as_json(plan: Plan, project: Path, *, written: bool) -> dict[str, Any]:
    existing = plan.existing
    change: Sequence[Any] = [plan.change] if plan.change else []
    return {
        "url": existing.url,
        "project": existing.project,
        "environment": existing.environment,
        "environments": sorted(existing.environments),
        "folders": sorted(existing.folders),
        "keys": [
            {"folder": each.folder, "name": each.name, "result": each.result, "apps": list(each.apps)}
            for each in plan.keys
        ],
        "identities": [dict(zip(("name", "roles", "result"), row, strict=True)) for row in _identities(plan)],
        "notExpressible": [{"folder": each.folder, "name": each.name, "reason": each.reason} for each in plan.unfit],
        "imports": plan.imports,
        "personal": plan.personal,
        "notes": list(notes(plan)),
        "lines": as_lines(plan.proposals, plan.declared),
        "files": [{"path": str(each.file), "diff": each.diff(project)} for each in change],
        "written": written,
    }
