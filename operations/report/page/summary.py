"""The top of the page: numbers, the doctor's steps, and its findings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from operations.doctor.chain import Result
from operations.doctor.findings import Finding, Status
from operations.report.content import Content, OwnValue
from operations.report.page.elements import Markup, joined, prose, tag
from operations.report.page.picture import age, badge

MOST_OBJECTS: Final = 10
"""Of a finding that are shown at once; the others unfold."""


def numbers(content: Content) -> Markup:
    counts = content.counts
    tiles = (
        ("Apps", counts.apps, ""),
        ("Secrets", counts.secrets, ""),
        ("Keys", counts.keys, ""),
        ("Undelivered", counts.undelivered, "error"),
        *([("Not checked", counts.unknown, "warning")] if counts.unknown else []),
        ("Overdue", counts.overdue, "warning"),
        ("Errors", counts.errors, "error"),
        ("Warnings", counts.warnings, "warning"),
    )
    return tag("dl", *(_tile(*each) for each in tiles), class_="tiles")


def steps(results: Sequence[Result]) -> Markup:
    """Open if something was not checked: no finding says that."""
    well = sum(each.outcome.status in (Status.OK, Status.NOT_NEEDED) for each in results)
    unchecked = sum(each.outcome.status is Status.NOT_CHECKED for each in results)
    words = f"{well} of {len(results)} are well" + (f", {unchecked} not checked" if unchecked else "")
    return tag(
        "details",
        tag("summary", words),
        tag("ol", *map(_step, results), class_="steps"),
        class_="all-steps",
        open=bool(unchecked),
    )


def findings(content: Content) -> Markup:
    if not content.findings:
        unchecked = content.counts.unchecked
        text = "No problem was found." if not unchecked else "No problem was found in what was checked."
        return tag("p", text, class_="none")
    return tag("div", *map(_finding, content.findings), class_="findings")


def own_values(content: Content) -> Markup:
    """Infisical's own values, with their dates."""
    if not content.own:
        return Markup("")
    heads = ("Value", "Since", "Age", "Rotation")
    head = tag("tr", *(tag("th", each, scope="col") for each in heads))
    rows = (_own(each, content) for each in content.own)
    return tag(
        "section",
        tag("h2", "Infisical's own values", id="own"),
        tag("table", tag("thead", head), tag("tbody", *rows)),
        aria_labelledby="own",
    )


def _tile(name: str, count: int, kind: str) -> Markup:
    return tag("div", tag("dt", name), tag("dd", f"{count:,}"), class_=f"tile {kind}" if count and kind else "tile")


def _step(result: Result) -> Markup:
    status = result.outcome.status
    words = str(status).replace("-", " ")
    return tag(
        "li",
        tag("span", status.mark, class_="mark", aria_hidden="true"),
        tag("span", result.title, tag("span", f": {words}", class_="hidden")),
        tag("span", result.outcome.detail, class_="muted") if result.outcome.detail else "",
        class_=f"step {status}",
    )


def _finding(found: Finding) -> Markup:
    kind = str(found.status)
    rows = [("where", _objects(found.where))] if found.where else []
    rows += [("found", _lines(found.found))] if found.found else []
    rows += [("expected", _lines(found.expected))] if found.expected else []
    rows += [("fix", _fixes(found.fix.splitlines()))] if found.fix else []
    return tag(
        "article",
        tag("h3", badge(kind, kind), " ", prose(found.what)),
        tag("dl", *(tag("div", tag("dt", name), tag("dd", words)) for name, words in rows)),
        class_=f"finding {kind}",
    )


def _lines(text: str) -> Markup:
    return joined(tag("span", prose(line), class_="line") for line in text.splitlines())


def _fixes(lines: Sequence[str]) -> Markup:
    return _unfolding([tag("span", prose(line), class_="line") for line in lines])


def _objects(names: Sequence[str]) -> Markup:
    return _unfolding([tag("code", name) for name in names], " ")


def _unfolding(parts: Sequence[Markup], between: str = "") -> Markup:
    shown, rest = parts[:MOST_OBJECTS], parts[MOST_OBJECTS:]
    if not rest:
        return joined(shown, between)
    more = tag("details", tag("summary", f"and {len(rest):,} more"), joined(rest, between), class_="more")
    return joined((*shown, more), between)


def _own(value: OwnValue, content: Content) -> Markup:
    dates = value.dates
    if dates.due is None:
        due = Markup("never changes")
    elif dates.is_overdue(content.today):
        due = badge(f"overdue since {dates.due}", "warning")
    else:
        due = Markup(f"due on {dates.due}")
    cells = (f"{dates.since}", age(dates.age_days(content.today)), due)
    return tag("tr", tag("th", tag("code", value.name), scope="row"), *(tag("td", each) for each in cells))
