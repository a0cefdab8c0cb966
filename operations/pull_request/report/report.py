"""The report as Markdown, and whether something in it must stop the change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from declaration import Problem
from operations.pull_request.keys import KeyChange
from operations.pull_request.preview import SECRET, UNKNOWN, FieldChange, Preview, Step
from operations.pull_request.report.markdown import block, code, value

ACTIONS: Final = {
    "replace": "Replaced",
    "delete": "Deleted",
    "create": "Created",
    "update": "Updated",
    "unprotect": "No longer protected",
    "read": "Read",
}
READ_NOTE: Final = "These are read for the first time: they must exist before the update."


@dataclass(frozen=True)
class Validation:
    """
    The result of validating the rendered objects against their schemas.

    :param valid: the number of valid objects
    :param problems: the errors of each invalid object
    :param unknown: the kinds without a schema
    :param missing: why there are no schemas at all, if so
    """

    valid: int = 0
    problems: dict[str, list[str]] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    missing: str | None = None


@dataclass(frozen=True)
class Report:
    """
    Everything that is known about a change.

    :param base: the revision to compare with, as the user named it
    :param head: the previewed revision
    :param problems: the errors in the head's declaration
    :param base_problems: the errors in the base's declaration
    :param base_errors: why the base could not be deployed to the throw-away state
    :param keys: the changes of keys; None if they could not be compared
    :param touched: immutable keys that a resource would affect, and how
    :param preview: None if there was no preview
    :param known: URNs in the base's state: reading these resources is not new
    :param validation: None if the cluster validated the objects
    :param notes: how the report was made
    """

    base: str
    head: str
    problems: tuple[Problem, ...] = ()
    base_problems: tuple[Problem, ...] = ()
    base_errors: tuple[str, ...] = ()
    keys: tuple[KeyChange, ...] | None = None
    touched: tuple[tuple[str, str], ...] = ()
    preview: Preview | None = None
    known: frozenset[str] = frozenset()
    validation: Validation | None = None
    notes: tuple[str, ...] = ()

    @property
    def touches_immutable(self) -> bool:
        return bool(self.touched) or any(change.touches_immutable for change in self.keys or ())

    @property
    def is_clean(self) -> bool:
        """Return whether nothing in the report stops the change."""
        return not (
            self.touches_immutable
            or self.problems
            or self.base_problems
            or self.base_errors
            or (self.preview and not self.preview.succeeded)
            or (self.validation and self.validation.problems)
        )

    def to_markdown(self) -> str:
        lines = [f"# What {code(self.head)} would change in {code(self.base)}", ""]
        for section in (
            self._immutable(),
            self._broken(),
            self._not_compared(),
            self._refused(),
            self._key_changes(),
            self._resources(),
            self._objects(),
            self._how(),
        ):
            if section:
                lines += [*section, ""]
        return "\n".join(lines)

    def _immutable(self) -> list[str]:
        if not self.touches_immutable:
            return []
        found: dict[str, list[str]] = {}
        for change in self.keys or ():
            if change.touches_immutable:
                found.setdefault(change.key, []).append(f"{change.what} ({change.apps})")
        for key, what in self.touched:
            found.setdefault(key, []).append(what)
        lines = ["**This change affects immutable keys: data that is encrypted with them would be lost.**", ""]
        lines += [f"- **{code(key)}**: {'; '.join(whats)}" for key, whats in sorted(found.items())]
        return lines

    def _broken(self) -> list[str]:
        if not self.problems:
            return []
        return ["## The declaration has errors", "", "Nothing else was checked.", "", *_listed(self.problems)]

    def _not_compared(self) -> list[str]:
        lines: list[str] = []
        if self.base_problems:
            lines += [
                f"**The declaration of {code(self.base)} has errors. No keys were compared, not even immutable ones.**",
                "",
                *_listed(self.base_problems),
            ]
        if self.base_errors:
            lines += [
                f"**The program of {code(self.base)} failed, so nothing was previewed.**",
                "",
                *block("\n\n".join(self.base_errors)),
            ]
        return lines

    def _refused(self) -> list[str]:
        if not self.preview or self.preview.succeeded:
            return []
        errors = self.preview.errors or ("The preview failed without a message.",)
        return ["## The update would fail", "", *block("\n\n".join(errors))]

    def _key_changes(self) -> list[str]:
        if self.keys is None:
            return []
        lines = ["## Keys", ""]
        if not self.keys:
            return [*lines, "No key is added, removed or rotated, and no key has a new source."]
        return [*lines, *(f"- {code(change.key)} ({change.apps}): {change.what}" for change in self.keys)]

    def _resources(self) -> list[str]:
        if not self.preview:
            return []
        groups = _grouped(self.preview, self.known)
        lines = ["## Resources", ""]
        counted = [f"{len(groups[action])} {name.lower()}" for action, name in ACTIONS.items() if action in groups]
        same = sum(step.custom and step.action == "same" for step in self.preview.steps)
        counted.append(f"{same} unchanged")
        summary = ", ".join(counted)
        lines.append(f"{summary[0].upper()}{summary[1:]}.")
        for action, title in ACTIONS.items():
            if action in groups:
                lines += ["", f"### {title}", "", *([READ_NOTE, ""] if action == "read" else [])]
                for step in groups[action]:
                    lines += _described(step)
        return lines

    def _objects(self) -> list[str]:
        validation = self.validation
        if validation is None:
            return []
        lines = ["## Kubernetes objects", ""]
        if validation.missing:
            return [*lines, f"No object was validated: {validation.missing}"]
        wrong = len(validation.problems)
        total = validation.valid + wrong
        lines.append(f"{validation.valid} of {total} objects match their schemas." if total else "None.")
        if validation.unknown:
            lines.append(f"Not validated, because there is no schema: {', '.join(map(code, validation.unknown))}.")
        for name, problems in validation.problems.items():
            lines += ["", f"**{name} is invalid:**", "", *(f"- {code(problem)}" for problem in problems)]
        return lines

    def _how(self) -> list[str]:
        return ["## How this report was made", "", *(f"- {note}" for note in self.notes)] if self.notes else []


def label(step: Step) -> str:
    """Return the kind and name of a resource, as its reader knows them."""
    package, _, rest = step.type.partition(":")
    kind = rest.rpartition(":")[2]
    if package == "kubernetes":
        metadata = step.inputs.get("metadata")
        names = (metadata.get("namespace"), metadata.get("name")) if isinstance(metadata, dict) else ()
        known = [name for name in names if isinstance(name, str) and name not in (SECRET, UNKNOWN)]
        return f"{code(kind)} {code('/'.join(known) if known else step.name)}"
    return f"{code(f'{package} {kind}')} {code(step.name)}"


def _grouped(preview: Preview, known: frozenset[str]) -> dict[str, list[Step]]:
    """Group the steps that change something by action. Components are left out."""
    groups: dict[str, list[Step]] = {}
    for step in preview.steps:
        if not step.custom or (step.action == "read" and step.urn in known):
            continue
        action = step.action
        if action == "same":
            if not step.was_protected or step.is_protected:
                continue
            action = "unprotect"
        groups.setdefault(action, []).append(step)
    return {action: sorted(steps, key=lambda step: (step.type, step.name)) for action, steps in groups.items()}


def _described(step: Step) -> Iterator[str]:
    protected = " (protected)" if step.was_protected and step.action in ("replace", "delete") else ""
    yield f"- {label(step)}{protected}"
    for change in step.fields:
        yield f"  - {code(change.path)}: {_change(change)}"


def _change(change: FieldChange) -> str:
    old, new = _side(change.old), _side(change.new)
    return f"{old} changes" if old == new else f"{old} → {new}"


def _side(field: object) -> str:
    if field == SECRET:
        return "a secret value"
    return "known after the update" if field == UNKNOWN else value(field)


def _listed(problems: Sequence[Problem] | Iterable[Problem]) -> list[str]:
    return block("\n\n".join(str(problem) for problem in problems))
