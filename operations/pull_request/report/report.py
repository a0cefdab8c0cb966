"""What a reviewer reads: Markdown from facts, and whether there is something to stop for."""

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
    "read": "Looked up for the first time, so it has to be there",
}


@dataclass(frozen=True)
class Validation:
    """
    The rendered objects against their kinds' schemas.

    :param valid: how many of them fit
    :param problems: by object, what is wrong with it
    :param unknown: the kinds that were not looked at, for want of a schema
    :param missing: why there are no schemas at all; None where there are
    """

    valid: int = 0
    problems: dict[str, list[str]] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    missing: str | None = None


@dataclass(frozen=True)
class Report:
    """
    All that is known of a change.

    :param base: what is compared with, as the user named it
    :param head: what is previewed
    :param problems: the head's declaration is broken: all that is wrong with it
    :param base_problems: the same of the base's
    :param base_errors: why the base could not be put into a state
    :param keys: what became of the keys; None where they could not be compared
    :param touched: immutable keys of which a resource would be touched, with what happens
    :param preview: what the engine says; None where it was not asked
    :param known: URNs of the state before, of which a read is nothing new
    :param validation: None where the cluster itself has validated
    :param notes: how all this was found
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
        """Nothing in it stops a change: it may be reviewed as any other."""
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
        lines = ["**Keys that must never change are touched: what is encrypted with them would be lost.**", ""]
        lines += [f"- **{code(key)}**: {'; '.join(whats)}" for key, whats in sorted(found.items())]
        return lines

    def _broken(self) -> list[str]:
        if not self.problems:
            return []
        return ["## The declaration is broken", "", "Nothing else was looked at.", "", *_listed(self.problems)]

    def _not_compared(self) -> list[str]:
        lines: list[str] = []
        if self.base_problems:
            lines += [
                f"**The declaration of {code(self.base)} cannot be read by this program, so no keys were compared,"
                " those that must never change among them.**",
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
        errors = self.preview.errors or ("the preview failed, and said nothing",)
        return ["## The update would be refused", "", *block("\n\n".join(errors))]

    def _key_changes(self) -> list[str]:
        if self.keys is None:
            return []
        lines = ["## Keys", ""]
        if not self.keys:
            return [*lines, "None is added, removed, re-sourced or rotated."]
        return [*lines, *(f"- {code(change.key)} ({change.apps}): {change.what}" for change in self.keys)]

    def _resources(self) -> list[str]:
        if not self.preview:
            return []
        groups = _grouped(self.preview, self.known)
        lines = ["## Resources", ""]
        counted = [f"{len(groups[action])} {name.lower()}" for action, name in ACTIONS.items() if action in groups]
        same = sum(step.custom and step.action == "same" for step in self.preview.steps)
        counted.append(f"{same} unchanged")
        summary = ", ".join(each.partition(" for the first")[0] for each in counted)
        lines.append(f"{summary[0].upper()}{summary[1:]}.")
        for action, title in ACTIONS.items():
            if action in groups:
                lines += ["", f"### {title}", ""]
                for step in groups[action]:
                    lines += _described(step)
        return lines

    def _objects(self) -> list[str]:
        validation = self.validation
        if validation is None:
            return []
        lines = ["## Kubernetes objects", ""]
        if validation.missing:
            return [*lines, f"None was validated: {validation.missing}"]
        wrong = len(validation.problems)
        total = validation.valid + wrong
        lines.append(f"{validation.valid} of {total} fit the schemas of their kinds." if total else "There is none.")
        if validation.unknown:
            lines.append(f"Not validated, for want of a schema: {', '.join(map(code, validation.unknown))}.")
        for name, problems in validation.problems.items():
            lines += ["", f"**{name} would be refused:**", "", *(f"- {code(problem)}" for problem in problems)]
        return lines

    def _how(self) -> list[str]:
        return ["## How this was found", "", *(f"- {note}" for note in self.notes)] if self.notes else []


def label(step: Step) -> str:
    """A resource as its reader knows it."""
    package, _, rest = step.type.partition(":")
    kind = rest.rpartition(":")[2]
    if package == "kubernetes":
        metadata = step.inputs.get("metadata")
        names = (metadata.get("namespace"), metadata.get("name")) if isinstance(metadata, dict) else ()
        known = [name for name in names if isinstance(name, str) and name not in (SECRET, UNKNOWN)]
        return f"{code(kind)} {code('/'.join(known) if known else step.name)}"
    return f"{code(f'{package} {kind}')} {code(step.name)}"


def _grouped(preview: Preview, known: frozenset[str]) -> dict[str, list[Step]]:
    """The resources that anything happens to; components are only names for their children."""
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
    sides = [_side(side) for side in (change.old, change.new)]
    if SECRET in (change.old, change.new):
        return "a secret value changes" if sides[0] == sides[1] else f"{sides[0]} → {sides[1]}"
    return f"{sides[0]} → {sides[1]}"


def _side(found: object) -> str:
    if found == SECRET:
        return "a secret value"
    return "known after the update" if found == UNKNOWN else value(found)


def _listed(problems: Sequence[Problem] | Iterable[Problem]) -> list[str]:
    return block("\n\n".join(str(problem) for problem in problems))
