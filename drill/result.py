"""What a drill found, as text and as JSON. It has no value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from drill.comparison import DIFFERENT, EQUAL, EXTRA, MISSING, NOT_COMPARED, Compared
from drill.database import RestoredDump
from operations.backup.parts.contents import BOOTSTRAP, STATE, VALUES, stack_file
from operations.backup.parts.database import PART
from operations.backup.targets.manifest import TIME, Manifest


@dataclass(frozen=True)
class Result:
    """
    :param backup: its folder
    :param age_seconds: how old the data is
    :param recovery_seconds: from an empty cluster to the last delivery
    :param wrong_keys: names in `bootstrap.json` whose values Infisical did not start with
    :param undeclared: how many values no app declares
    :param dump: what was restored of the database; None if the backup has no dump
    """

    backup: str
    manifest: Manifest
    age_seconds: float
    recovery_seconds: float
    compared: tuple[Compared, ...]
    wrong_keys: tuple[str, ...]
    undeclared: int
    dump: RestoredDump | None = None

    @property
    def is_whole(self) -> bool:
        """Whether the backup brought everything back."""
        return not self.not_recovered and not self.wrong_keys

    @property
    def not_recovered(self) -> list[tuple[str, str]]:
        """Keys and tables that did not come back, with the reason."""
        keys = [
            (f"{each.secret} {each.key}", f"{each.result}: {each.why}") for each in self.compared if not each.is_right
        ]
        tables = self.dump.different if self.dump else {}
        return keys + [(f"{PART} {table}", f"{rows} of {dumped} rows") for table, (rows, dumped) in tables.items()]


def as_json(result: Result) -> dict[str, Any]:
    return {
        "backup": result.backup,
        "created": result.manifest.created.strftime(TIME),
        "ageSeconds": round(result.age_seconds),
        "recoverySeconds": round(result.recovery_seconds),
        "equal": result.is_whole,
        "wrongKeys": list(result.wrong_keys),
        "keys": [asdict(each) for each in result.compared],
        "restored": [{"part": part, "result": text} for part, text in _restored(result)],
        "notDrilled": [{"part": part, "why": why} for part, why in _not_drilled(result)],
    }


def as_text(result: Result) -> Iterator[str]:
    yield from _table("restored", _restored(result))
    yield ""
    yield from _table("not in the drill", _not_drilled(result))
    if result.not_recovered:
        yield ""
        yield from _table("not recovered", result.not_recovered)
    yield ""
    took = f"Recovery took {_duration(result.recovery_seconds)}. The data is {_duration(result.age_seconds)} old"
    yield f"{took} ({result.manifest.created.strftime(TIME)})."
    yield "The backup brings every Secret back." if result.is_whole else "The backup does not bring everything back."


def _restored(result: Result) -> list[tuple[str, str]]:
    counts = Counter(each.result for each in result.compared)
    secrets = len({each.secret for each in result.compared})
    found = [f"{counts[name]} {name}" for name in (EQUAL, DIFFERENT, MISSING, EXTRA, NOT_COMPARED) if counts[name]]
    wrong = f"not what Infisical started with: {', '.join(result.wrong_keys)}"
    dump = [(PART, _dump(result.dump))] if result.dump else []
    return [
        (BOOTSTRAP, wrong if result.wrong_keys else "Infisical started with these keys"),
        (STATE, "imported, without the objects of the lost cluster"),
        (stack_file(result.manifest.stack), "deployed, with the addresses of this machine"),
        (VALUES, "imported into Infisical"),
        *dump,
        (f"{secrets} Secrets" if secrets != 1 else "1 Secret", f"keys: {', '.join(found) or 'none'}"),
    ]


def _dump(dump: RestoredDump) -> str:
    rows, tables = sum(dump.restored.values()), len(dump.restored)
    text = f"restored into PostgreSQL {dump.server}: {rows} rows in {tables} {'table' if tables == 1 else 'tables'}"
    if not dump.failed:
        return text
    states = ", ".join(sorted(dump.failed))
    return f"{text}; {sum(dump.failed.values())} statements failed (SQLSTATE {states})"


def _not_drilled(result: Result) -> list[tuple[str, str]]:
    rows = []
    if result.dump:
        rows.append(("Infisical with that dump", f"the sandbox's Infisical is a fake: it has the values of {VALUES}"))
    if result.undeclared:
        rows.append((f"{result.undeclared} values", "no app declares them"))
    rows += [(each.what, each.why) for each in result.manifest.missing]
    elsewhere = sorted({each.why for each in result.compared if each.result == NOT_COMPARED})
    rows += [(f"{_count(result.compared, why)} keys", why) for why in elsewhere]
    return [*rows, ("pods, Argo CD, your network", "fakes on this machine; commands of the declaration do not run")]


def _count(compared: Sequence[Compared], why: str) -> int:
    return sum(each.result == NOT_COMPARED and each.why == why for each in compared)


def _table(heading: str, rows: Sequence[tuple[str, str]]) -> Iterator[str]:
    width = max(len(heading), *(len(name) for name, _ in rows))
    yield f"{heading:<{width}}  result" if heading == "restored" else f"{heading:<{width}}  why"
    yield from (f"{name:<{width}}  {text}" for name, text in rows)


def _duration(seconds: float) -> str:
    for size, unit in ((86_400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
