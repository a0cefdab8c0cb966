"""The comparison in words, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from operations.backup.status import Status, status_line
from operations.upgrade.comparison import Comparison, Default

_ADDED, _REMOVED, _CHANGED = "+", "-", "~"
NO_HELM: Final = "Helm is not on PATH, so the versions of the chart were not compared."
NO_BACKUP: Final = "no folder of backups was named with --backups"


@dataclass(frozen=True)
class Checked:
    """
    :param found: None without Helm
    :param kubernetes: the cluster's version; empty if it did not answer
    :param backups: the newest backup in each folder
    :param steps: the commands of the upgrade
    """

    found: Comparison | None
    kubernetes: str
    backups: Sequence[Status]
    steps: Sequence[str]

    @property
    def is_clear(self) -> bool:
        """Whether nothing is left to look at before the upgrade."""
        backed_up = bool(self.backups) and not any(each.problems for each in self.backups)
        return backed_up and self.found is not None and not self.found.gone and not self.found.majors


def as_text(checked: Checked) -> str:
    lines = [*_about(checked.found, checked.kubernetes), "", "Backups", *_backups(checked.backups)]
    lines += ["", "Upgrade, once everything above is as you want it", *(f"  {step}" for step in checked.steps)]
    return "\n".join(lines)


def as_json(checked: Checked) -> dict[str, Any]:
    found = checked.found
    return {
        "clear": checked.is_clear,
        "cluster": checked.kubernetes,
        "compared": None
        if found is None
        else {
            "versions": [found.before.version, found.after.version],
            "infisical": [found.before.app_version, found.after.app_version],
            "kubernetes": found.after.needs,
            "gone": list(found.gone),
            "majors": [{"name": name, "before": old, "after": new} for name, old, new in found.majors],
            "defaults": [asdict(each) for each in found.defaults],
            "images": {"before": list(found.images[0]), "after": list(found.images[1])},
            "objects": {name: list(lines) for name, lines in found.objects.items()},
        },
        "backups": [
            {"target": each.target, "backup": each.backup, "problems": each.problems} for each in checked.backups
        ],
        "steps": list(checked.steps),
    }


def _about(found: Comparison | None, kubernetes: str) -> Iterator[str]:
    if found is None:
        yield f"{NO_HELM} Install Helm for that, or read the chart's values yourself."
        return
    before, after = found.before, found.after
    yield f"Infisical's chart: {before.version} → {after.version}"
    yield f"Infisical: {before.app_version or 'unknown'} → {after.app_version or 'unknown'}"
    if before.app_version != after.app_version:
        yield "  A new version changes the database when it starts. Only a backup leads back to the old version."
    if after.needs:
        yield f"Kubernetes: {after.needs}; the cluster {f'has {kubernetes}' if kubernetes else 'did not answer'}"
    for name, old, new in found.majors:
        yield f"! New major version of {name}: {old} → {new}. Read its upgrade notes: data may need a migration."
    if found.gone:
        yield "! Values that this program sets, and that the new version does not know:"
        yield from (f"    {path}" for path in found.gone)
    yield from _section("Default values", [_default(each) for each in found.defaults])
    old_images, new_images = found.images
    yield from _section("Images", [*(f"- {each}" for each in old_images), *(f"+ {each}" for each in new_images)])
    yield from _section(
        "Objects", [line for name, lines in found.objects.items() for line in (name, *_indented(lines))]
    )


def _section(title: str, lines: Sequence[str]) -> Iterator[str]:
    yield ""
    yield title if lines else f"{title}: no difference"
    yield from _indented(lines)


def _indented(lines: Sequence[str]) -> list[str]:
    return [f"  {line}" for line in lines]


def _default(each: Default) -> str:
    if each.before is None:
        return f"{_ADDED} {each.path}: {each.after}"
    if each.after is None:
        return f"{_REMOVED} {each.path} (was {each.before})"
    return f"{_CHANGED} {each.path}: {each.before} → {each.after}"


def _backups(backups: Sequence[Status]) -> Iterator[str]:
    if not backups:
        yield f"! {NO_BACKUP}: `python -m operations backup` writes one"
    for each in backups:
        yield from (f"{'!' if each.problems else ' '} {line}" for line in status_line(each).splitlines())
