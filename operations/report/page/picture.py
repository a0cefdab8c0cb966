"""The apps: each key as a row of boxes, from its source to the workloads that read it."""

from __future__ import annotations

import datetime
from typing import Final

from operations.report.content import AppPart, Content, KeyPart, Origin, Reader, SecretPart, Source
from operations.report.page.elements import Markup, counted, joined, tag

MOST_OPEN: Final = 6
"""More apps are closed at first, except for that many with a problem."""

_ELSEWHERE: Final = {
    Source.LITERAL: "not in Infisical",
    Source.TEMPLATE: "not in Infisical",
    Source.GENERATOR: "not in Infisical",
}


def app_section(app: AppPart, today: datetime.date, *, opened: bool) -> Markup:
    keys = list(app.keys)
    overdue, undelivered = sum(key.is_overdue(today) for key in keys), sum(key.is_undelivered for key in keys)
    summary = tag(
        "summary",
        tag("h3", app.name),
        tag("span", f"namespace {app.namespace}", class_="muted"),
        tag("span", counted(sum(key.in_secret for key in keys), "key"), class_="muted"),
        badge(f"{overdue} overdue", "warning") if overdue else "",
        badge(f"{undelivered} undelivered", "error") if undelivered else "",
    )
    note = f"A rotation restarts {', '.join(app.restarts)}." if app.restarts else "A rotation restarts nothing."
    return tag(
        "details",
        summary,
        tag("p", note, class_="muted restarts"),
        joined(_secret(each, today) for each in app.secrets),
        class_="app",
        data_namespace=app.namespace,
        data_name=app.name,
        open=opened,
    )


def opened(content: Content) -> frozenset[str]:
    """The names of the apps that are open at first."""
    if len(content.apps) <= MOST_OPEN:
        return frozenset(app.name for app in content.apps)
    bad = (app for app in content.apps if any(key.is_undelivered or key.is_overdue(content.today) for key in app.keys))
    return frozenset([app.name for app in bad][:MOST_OPEN])


def badge(text: str, kind: str) -> Markup:
    """:param kind: `ok`, `warning`, `error` or `unknown`"""
    return tag("span", text, class_=f"badge {kind}")


def moment(at: datetime.datetime) -> Markup:
    text = f"{at.astimezone(datetime.UTC):%Y-%m-%d %H:%M} UTC"
    return tag("time", text, datetime=at.isoformat(timespec="seconds"))


def age(days: int) -> str:
    return counted(days, "day")


def _secret(secret: SecretPart, today: datetime.date) -> Markup:
    mark, kind = {True: ("✓ ", "ok"), False: ("✗ ", "error"), None: ("? ", "unknown")}[secret.synced]
    facts = [
        badge(f"{mark}{secret.sync}", kind),
        tag("span", "read last at ", moment(secret.refreshed)) if secret.refreshed else "",
        tag("span", f"every {secret.refresh_interval} from {secret.store}"),
        tag("span", f"ExternalSecret {secret.external_secret}") if secret.external_secret != secret.name else "",
    ]
    columns = ("Source", _kept_in(*secret.keys), "Secret", "Read by")
    head = tag("div", *(tag("span", each) for each in columns), class_="row head", aria_hidden="true")
    return tag(
        "section",
        tag("h4", "Secret ", tag("code", secret.place)),
        tag("p", *facts, class_="facts"),
        head,
        tag("ul", *(_key(each, today) for each in secret.keys), class_="keys"),
        class_="secret",
    )


def _key(key: KeyPart, today: datetime.date) -> Markup:
    return tag(
        "li",
        _box("Source", _source(key.origin), f"box {_css(key.origin.source)}"),
        _box(_kept_in(key), _place(key, today), "box" if key.origin.place else "box none"),
        _box("Secret", _delivered(key), f"box into {_state(key)}"),
        _box("Read by", _readers(key), "box" if key.readers else "box none"),
        class_="row key",
        data_source=key.origin.source,
        data_overdue=key.is_overdue(today),
        data_undelivered=key.is_undelivered,
        data_outside=not key.in_secret,
    )


def _kept_in(*keys: KeyPart) -> str:
    """The heading of the second column."""
    return "Store" if any(key.origin.source is Source.STORE for key in keys) else "Infisical"


def _box(caption: str, content: Markup, kind: str) -> Markup:
    return tag("div", tag("span", caption, class_="caption"), content, class_=kind)


def _source(origin: Origin) -> Markup:
    return joined((tag("strong", origin.source), tag("span", origin.detail) if origin.detail else ""))


def _place(key: KeyPart, today: datetime.date) -> Markup:
    origin = key.origin
    if not origin.place:
        return tag("span", _ELSEWHERE.get(origin.source, "not known"), class_="muted")
    others = f"also read by {', '.join(origin.others)}" if origin.others else ""
    return joined(
        (
            tag("code", origin.place),
            tag("span", others, class_="muted") if others else "",
            _dates(key, today),
        )
    )


def _dates(key: KeyPart, today: datetime.date) -> Markup:
    dates = key.dates
    if dates is None:
        return Markup("")
    since = tag("span", "since ", tag("time", f"{dates.since}"), f" · {age(dates.age_days(today))}", class_="muted")
    if dates.due is None:
        return joined((since, tag("span", "never changes", class_="muted")))
    if key.is_overdue(today):
        return joined((since, badge(f"overdue since {dates.due}", "warning")))
    return joined((since, tag("span", f"due on {dates.due}", class_="muted")))


def _delivered(key: KeyPart) -> Markup:
    if not key.in_secret:
        return joined((tag("code", key.name), tag("span", "only templates read it", class_="muted")))
    state = key.delivery
    mark = {True: "✓ delivered", False: "✗ not delivered", None: "? not checked"}[state.delivered]
    reason = tag("span", state.reason, class_="muted") if state.reason else ""
    return joined((tag("code", key.name), badge(mark, _state(key)), reason))


def _state(key: KeyPart) -> str:
    return {True: "ok", False: "error", None: "unknown"}[key.delivery.delivered]


def _readers(key: KeyPart) -> Markup:
    if not key.in_secret:
        return tag("span", "templates of this Secret", class_="muted")
    if not key.readers:
        return tag("span", "no running pod", class_="muted")
    return tag("ul", *map(_reader, key.readers))


def _reader(reader: Reader) -> Markup:
    restarts = badge("restarted by a rotation", "plain") if reader.restarts else ""
    ways = joined(tag("span", each, class_="muted") for each in reader.ways)
    return tag("li", tag("strong", reader.name), ways, restarts)


def _css(source: Source) -> str:
    return f"from-{source.name.lower()}"
