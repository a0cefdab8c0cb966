"""The HTML page: one file, valid, safe with any name, usable without a mouse, for one app or hundreds."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import itertools
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

import pytest

from operations.report.content import Content
from operations.report.page.document import as_html
from operations.report.page.elements import Markup, prose, tag
from tests.operations.doctor.synthetic import Lab
from tests.operations.report.homelabs import app_pod, of_apps, renamed, report

VOID: Final = {"meta", "input"}
HOSTILE: Final = "\"><script>alert(1)</script><img src=x onerror=alert(1)>&amp;'`"


class Page(HTMLParser):
    """The elements of a page; each that is opened must be closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self._opened: list[str] = []
        self.feed(text)
        self.close()
        assert self._opened == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._opened.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._opened.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def all(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for element, attributes in self.elements if element == name]

    def of_class(self, name: str) -> list[dict[str, str | None]]:
        return [each for _, each in self.elements if name in (each.get("class") or "").split()]


@pytest.fixture
def content() -> Content:
    lab = Lab()
    lab.rotations = {
        "GRAFANA_ADMIN_PASSWORD": "since 2025-11-01, OVERDUE since 2026-11-01",
        "infisicalAuthSecret": "since 2026-11-01, due on 2027-11-01",
    }
    spec = {"containers": [{"envFrom": [{"secretRef": {"name": "authentik-secret"}}]}]}
    lab.observe(app_pods=[app_pod("authentik", "authentik", spec)])
    return report(lab)


def raw(name: str, text: str) -> str:
    (found,) = re.findall(f"<{name}>(.*?)</{name}>", text, re.DOTALL)
    return str(found)


def test_every_element_is_closed(content: Content) -> None:
    page = Page(as_html(content))

    assert len(page.all("html")) == len(page.all("body")) == 1


def test_nothing_is_loaded_from_outside(content: Content) -> None:
    text = as_html(content)
    page = Page(text)

    assert not {name for name, _ in page.elements} & {"a", "img", "link", "iframe", "object", "embed", "base", "form"}
    assert not [each for _, each in page.elements if {"src", "href", "srcset", "action"} & each.keys()]
    assert not re.search(r"url\(|@import", raw("style", text))
    assert not re.search(r"fetch|XMLHttp|WebSocket|import\b|innerHTML|eval|https?:", raw("script", text))


def test_the_policy_allows_only_the_style_and_the_script_of_the_page(content: Content) -> None:
    text = as_html(content)
    (policy,) = [str(each["content"]) for each in Page(text).all("meta") if "http-equiv" in each]

    def digest(name: str) -> str:
        return base64.b64encode(hashlib.sha256(raw(name, text).encode()).digest()).decode()

    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digest('style')}'; script-src 'sha256-{digest('script')}'; "
        "base-uri 'none'; form-action 'none'"
    )


def test_no_element_has_a_style_or_a_handler_that_the_policy_would_refuse(content: Content) -> None:
    names = {name for _, each in Page(as_html(content)).elements for name in each}

    assert not [name for name in names if name == "style" or name.startswith("on")]


def test_a_hostile_name_stays_text_everywhere(content: Content) -> None:
    harmless, hostile = (Page(as_html(renamed(content, name))) for name in ("name", HOSTILE))

    assert [name for name, _ in hostile.elements] == [name for name, _ in harmless.elements]
    assert [sorted(each) for _, each in hostile.elements] == [sorted(each) for _, each in harmless.elements]
    assert hostile.all("details")[-1]["data-name"] == HOSTILE


def test_text_is_escaped_and_markup_is_not_escaped_again() -> None:
    assert tag("p", "<b>", tag("i", "&"), title='"') == '<p title="&quot;">&lt;b&gt;<i>&amp;</i></p>'


def test_commands_in_a_sentence_are_code() -> None:
    assert prose("run `pulumi up <x>`, then") == "run <code>pulumi up &lt;x&gt;</code>, then"
    assert prose("an ` alone") == Markup("an ` alone")


def test_no_value_is_on_the_page() -> None:
    lab = Lab()
    values = set(lab.values.values())
    lab.answer(silent="refused canary-grafana_admin_password")
    spec = {"containers": [{"envFrom": [{"prefix": "canary-github_token", "secretRef": {"name": "openclaw-secret"}}]}]}
    lab.observe(app_pods=[app_pod("openclaw", "canary-gemini_api_key", spec)])

    text = as_html(report(lab))

    assert not [value for value in values if value in text]


def test_each_key_is_a_row_from_its_source_to_its_readers(content: Content) -> None:
    page = Page(as_html(content))

    rows = page.of_class("key")
    assert len(rows) == content.counts.keys
    assert len(page.of_class("box")) == 4 * len(rows)
    assert sum("data-overdue" in row for row in rows) == 1
    assert "overdue since 2026-11-01" in page.texts


def test_every_control_has_a_label_and_every_section_a_heading(content: Content) -> None:
    page = Page(as_html(content))

    labelled = {each["for"] for each in page.all("label") if "for" in each}
    controls = {each["id"] for name in ("select", "input") for each in page.all(name)}
    assert controls - labelled == {"overdue", "undelivered"}, "the label of a checkbox contains it"
    ids = {each.get("id") for each in page.all("h2")}
    assert {each["aria-labelledby"] for each in page.all("section") if "aria-labelledby" in each} == ids


def test_headings_leave_out_no_level(content: Content) -> None:
    levels = [int(name[1]) for name, _ in Page(as_html(content)).elements if re.fullmatch("h[1-6]", name)]

    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_a_homelab_without_a_problem_says_so() -> None:
    assert "No problem was found." in Page(as_html(report(Lab()))).texts


def test_keys_that_were_not_checked_are_counted_if_there_are_any() -> None:
    lab = Lab()
    assert "Not checked" not in Page(as_html(report(lab))).texts
    lab.silent = "no answer in time"
    assert "Not checked" in Page(as_html(report(lab))).texts


def test_what_was_not_checked_is_open_at_first() -> None:
    lab = Lab()
    well = Page(as_html(report(lab)))
    lab.silent = "no answer in time"
    silent = Page(as_html(report(lab)))

    def is_open(page: Page) -> bool:
        return "open" in page.of_class("all-steps")[0]

    assert (is_open(well), is_open(silent)) == (False, True)


def test_a_few_apps_are_open_at_first(content: Content) -> None:
    assert all("open" in each for each in Page(as_html(content)).of_class("app"))


def test_of_many_apps_only_those_with_a_problem_are_open(tmp_path: Path) -> None:
    lab = Lab(homelab=of_apps(tmp_path, 300))
    secrets = lab.cluster.secrets
    assert isinstance(secrets, dict)
    del secrets["ns7/app7-secret"]

    page = Page(as_html(report(lab)))

    apps = page.of_class("app")
    assert len(apps) == len(page.of_class("secret")) == 300
    assert [each["data-name"] for each in apps if "open" in each] == ["app7"]


def test_a_long_list_of_objects_unfolds(content: Content) -> None:
    step = content.steps[-1]
    finding = dataclasses.replace(content.findings[0], where=tuple(f"Secret a/{number}" for number in range(30)))
    outcome = dataclasses.replace(step.outcome, findings=(finding,))
    many = dataclasses.replace(content, steps=(dataclasses.replace(step, outcome=outcome),))

    page = Page(as_html(many))

    assert "and 20 more" in page.texts
    assert "Secret a/29" in page.texts
