"""The report as Markdown tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from operations.dates import Dates
from operations.doctor.findings import Finding
from operations.report.content import AppPart, Content, KeyPart, Reader, SecretPart

_MARKUP: Final = re.compile(r"([\\`*_{}\[\]()#+!|~<>&-])")
_KEYS: Final = ("Key", "Source", "Place", "Since", "Rotation", "Delivered", "Read by")


def as_markdown(content: Content) -> str:
    """The tables. They contain no value, and nothing in a name is markup."""
    return "\n".join(_lines(content)) + "\n"


def plain(text: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))


def _lines(content: Content) -> Iterator[str]:
    counts = content.counts
    at = f"{content.at:%Y-%m-%d %H:%M} UTC"
    yield from (f"# Secrets of {plain(content.stack)}", "")
    yield from (", ".join(filter(None, (plain(content.declared_in), plain(content.server), at))), "")
    heads = ("Apps", "Secrets", "Keys", "Undelivered", "Not checked", "Overdue", "Errors", "Warnings")
    delivery = (counts.undelivered, counts.unknown, counts.overdue)
    numbers = (counts.apps, counts.secrets, counts.keys, *delivery, counts.errors, counts.warnings)
    yield from _table(heads, [[str(each) for each in numbers]])
    if content.undated:
        yield from (f"Ages are not known: {plain(content.undated)}", "")
    yield from ("## Findings", "")
    yield from _findings(content.findings)
    yield from ("## Steps", "")
    steps = ([plain(each.title), str(each.outcome.status), plain(each.outcome.detail)] for each in content.steps)
    yield from _table(("Step", "Status", "Detail"), steps)
    for app in content.apps:
        yield from _app(app, content)
    if content.own:
        yield from ("## Infisical's own values", "")
        own = ([plain(each.name), f"{each.dates.since}", _rotation(each.dates, content)] for each in content.own)
        yield from _table(("Value", "Since", "Rotation"), own)


def _findings(findings: Sequence[Finding]) -> Iterator[str]:
    if not findings:
        yield from ("No problem was found.", "")
        return
    rows = (
        [
            str(each.status),
            plain(each.what),
            "<br>".join(map(plain, each.where)),
            _multiline(each.found),
            _multiline(each.expected),
            _multiline(each.fix),
        ]
        for each in findings
    )
    yield from _table(("Level", "What", "Where", "Found", "Expected", "Fix"), rows)


def _app(app: AppPart, content: Content) -> Iterator[str]:
    yield from (f"## {plain(app.name)}", "")
    if app.restarts:
        yield from (f"A rotation restarts {plain(', '.join(app.restarts))}.", "")
    for secret in app.secrets:
        yield from (f"### Secret {plain(secret.place)}", "")
        yield from (plain(", ".join(_sync(secret))), "")
        yield from _table(_KEYS, (_key(each, content) for each in secret.keys))


def _sync(secret: SecretPart) -> Iterator[str]:
    yield secret.sync
    if secret.refreshed:
        yield f"read last at {secret.refreshed:%Y-%m-%d %H:%M} UTC"
    yield f"every {secret.refresh_interval} from {secret.store}"


def _key(key: KeyPart, content: Content) -> list[str]:
    origin, dates = key.origin, key.dates
    delivered = {True: "yes", False: "**no**", None: "not checked"}[key.delivery.delivered]
    return [
        plain(key.name),
        plain(": ".join(filter(None, (origin.source, origin.detail)))),
        plain(origin.place),
        f"{dates.since} ({dates.age_days(content.today)} d)" if dates else "",
        _rotation(dates, content) if dates else "",
        ": ".join(filter(None, (delivered, plain(key.delivery.reason)))),
        "<br>".join(_reader(each) for each in key.readers),
    ]


def _reader(reader: Reader) -> str:
    restarts = ", restarted by a rotation" if reader.restarts else ""
    return plain(f"{reader.name}: {', '.join(reader.ways)}{restarts}")


def _rotation(dates: Dates, content: Content) -> str:
    if dates.due is None:
        return "never"
    return f"**overdue since {dates.due}**" if dates.is_overdue(content.today) else f"due on {dates.due}"


def _multiline(text: str) -> str:
    return "<br>".join(map(plain, text.splitlines()))


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"
    yield ""
