"""The whole page: one file that loads nothing, and runs only its own script."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Final

from operations.report.content import Content, Source
from operations.report.page.elements import Markup, tag
from operations.report.page.picture import app_section, moment, opened
from operations.report.page.summary import findings, numbers, own_values, steps

_HERE: Final = Path(__file__).parent
STYLE: Final = Markup((_HERE / "style.css").read_text(encoding="utf-8"))
SCRIPT: Final = Markup((_HERE / "script.js").read_text(encoding="utf-8"))


def as_html(content: Content) -> str:
    """The page. It contains no value, and every name is escaped."""
    head = (
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_policy()),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", f"Secrets of {content.stack}, {content.today}"),
        tag("style", STYLE),
    )
    body = (
        _header(content),
        tag("main", *_sections(content)),
        tag("footer", tag("p", "This page contains no secret value. python -m operations report wrote it.")),
        tag("script", SCRIPT),
    )
    return f"<!DOCTYPE html>\n{tag('html', tag('head', *head), tag('body', *body), lang='en')}\n"


def _policy() -> str:
    return (
        f"default-src 'none'; style-src {_hash(STYLE)}; script-src {_hash(SCRIPT)}; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _header(content: Content) -> Markup:
    server = tag("span", content.server) if content.server else ""
    facts = (tag("span", content.declared_in), server, tag("span", moment(content.at)))
    return tag("header", tag("h1", f"Secrets of {content.stack}"), tag("p", *facts, class_="facts"))


def _sections(content: Content) -> tuple[Markup, ...]:
    undated = tag("p", f"Ages are not known: {content.undated}.", class_="muted") if content.undated else ""
    return (
        tag("section", tag("h2", "Summary", id="summary"), numbers(content), undated, aria_labelledby="summary"),
        tag("section", tag("h2", "Findings", id="findings"), findings(content), aria_labelledby="findings"),
        tag("section", tag("h2", "Steps", id="steps"), steps(content.steps), aria_labelledby="steps"),
        _apps(content),
        own_values(content),
    )


def _apps(content: Content) -> Markup:
    if not content.apps:
        return Markup("")
    at_first = opened(content)
    sections = (app_section(app, content.today, opened=app.name in at_first) for app in content.apps)
    return tag(
        "section",
        tag("h2", "Apps", id="apps"),
        _filters(content),
        *sections,
        tag("p", "No key matches.", class_="none", id="nothing", hidden=True),
        aria_labelledby="apps",
    )


def _filters(content: Content) -> Markup:
    """Hidden until the script runs."""
    keys = [key for app in content.apps for key in app.keys]
    used = {key.origin.source for key in keys}
    sources = [str(each) for each in Source if each in used]
    namespaces = sorted({app.namespace for app in content.apps})
    search = tag("input", type="search", id="search", placeholder="app, key or workload", autocomplete="off")
    return tag(
        "div",
        _labelled("Search", "search", search),
        _labelled("Namespace", "namespace", _select("namespace", "all namespaces", namespaces)),
        _labelled("Source", "source", _select("source", "all sources", sources)),
        tag("label", tag("input", type="checkbox", id="overdue"), "overdue", class_="check"),
        tag("label", tag("input", type="checkbox", id="undelivered"), "undelivered", class_="check"),
        tag(
            "span",
            tag("button", "Open all", type="button", id="open"),
            tag("button", "Close all", type="button", id="close"),
            class_="buttons",
        ),
        tag("output", "", id="count", role="status", aria_live="polite"),
        class_="filters",
        role="search",
        hidden=True,
    )


def _labelled(text: str, id_: str, control: Markup) -> Markup:
    return tag("div", tag("label", text, for_=id_), control, class_="field")


def _select(id_: str, all_: str, choices: list[str]) -> Markup:
    options = (tag("option", each, value=each) for each in choices)
    return tag("select", tag("option", all_, value=""), *options, id=id_)
