"""The page in a real browser: readable at each width and in both schemes, with its filters and by keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from operations.report.content import Content
from operations.report.page.document import as_html
from tests.operations.doctor.synthetic import Lab
from tests.operations.report.browser import Browser, started
from tests.operations.report.homelabs import app_pod, changed_secret, declared, of_apps, renamed, report
from tests.waiting import eventually

WIDTHS: Final = (400, 1280)

BOXES: Final = """
[...document.querySelector(".key").querySelectorAll(".box")].map((box) => {
  const place = box.getBoundingClientRect();
  return [Math.round(place.left), Math.round(place.top)];
})
"""

TOO_WIDE: Final = """
[...document.querySelectorAll("body *")]
  .filter((each) => !each.closest(".hidden, .caption") && each.checkVisibility())
  .filter((each) => each.getBoundingClientRect().right > innerWidth + 1)
  .map((each) => `${each.tagName}.${each.className}`)
"""

LOW_CONTRAST: Final = """
(() => {
  const numbers = (color) => color.match(/[\\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => {
    const part = (c) => ((c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const background = (each) => {
    for (let at = each; at; at = at.parentElement) {
      const found = numbers(getComputedStyle(at).backgroundColor);
      if (found.length < 4 || found[3] > 0) return found;
    }
    return [255, 255, 255];
  };
  const low = [];
  for (const each of document.querySelectorAll("body *")) {
    const hasText = [...each.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!hasText || !each.checkVisibility() || ["SCRIPT", "OPTION"].includes(each.tagName)) continue;
    const [one, other] = [luminance(numbers(getComputedStyle(each).color)), luminance(background(each))];
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (ratio < 4.5) low.push(`${each.tagName}.${each.className}: ${ratio.toFixed(2)}`);
  }
  return low;
})()
"""


@pytest.fixture(scope="module")
def browser(chromium: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with started(chromium, tmp_path_factory.mktemp("browser")) as found:
        yield found


@pytest.fixture(scope="module")
def content() -> Content:
    """A homelab with an overdue rotation, an undelivered key, an error and steps that were not checked."""
    lab = Lab()
    lab.rotations = {
        "GRAFANA_ADMIN_PASSWORD": "since 2025-11-01, OVERDUE since 2026-11-01",
        "AUTHENTIK_SECRET_KEY": "since 2026-11-01, never changes",
        "infisicalAuthSecret": "since 2025-11-01, OVERDUE since 2026-11-01",
    }
    changed_secret(lab, "openclaw/openclaw-secret", GITHUB_TOKEN=None)
    spec = {"containers": [{"envFrom": [{"secretRef": {"name": "authentik-secret"}}]}]}
    lab.observe(application=None, app_pods=[app_pod("authentik", "authentik", spec)])
    return report(lab)


@pytest.fixture
def page(content: Content, tmp_path: Path) -> Path:
    return written(tmp_path, content)


def written(folder: Path, content: Content) -> Path:
    file = folder / "report.html"
    file.write_text(as_html(content))
    return file


def visible_keys(browser: Browser) -> list[str]:
    """The names of the keys that are shown."""
    found: list[str] = browser.run(
        '[...document.querySelectorAll(".key")].filter((each) => each.checkVisibility())'
        '.map((each) => each.querySelector(".into code").textContent)'
    )
    return found


def choose(browser: Browser, control: str, value: str) -> None:
    browser.run(
        f"(() => {{ const it = document.getElementById('{control}'); it.value = '{value}'; "
        "it.dispatchEvent(new Event('input')); })()"
    )


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_fits_and_can_be_read(browser: Browser, page: Path, tmp_path: Path, width: int, dark: bool) -> None:
    browser.open(page, width=width, dark=dark)

    assert browser.run("document.documentElement.scrollWidth") <= width
    assert browser.run(TOO_WIDE) == []
    assert browser.run(LOW_CONTRAST) == []
    browser.screenshot(tmp_path / "page.png")
    assert (tmp_path / "page.png").stat().st_size > 10_000


@pytest.mark.parametrize("width", WIDTHS)
def test_long_names_do_not_widen_the_page(browser: Browser, content: Content, tmp_path: Path, width: int) -> None:
    browser.open(written(tmp_path, renamed(content, "a-name-without-a-space" * 10)), width=width)

    assert browser.run(TOO_WIDE) == []


def test_the_scheme_follows_that_of_the_system(browser: Browser, page: Path) -> None:
    colors = []
    for dark in (False, True):
        browser.open(page, width=1280, dark=dark)
        colors.append(browser.run("getComputedStyle(document.body).backgroundColor"))

    assert colors == ["rgb(246, 247, 249)", "rgb(15, 19, 24)"]


def test_the_picture_of_a_key_is_a_row_on_a_wide_screen_and_a_column_on_a_narrow_one(
    browser: Browser, page: Path
) -> None:
    browser.open(page, width=1280)
    wide = browser.run(BOXES)
    browser.open(page, width=400)
    narrow = browser.run(BOXES)

    assert len({top for _, top in wide}) == 1
    assert [left for left, _ in wide] == sorted({left for left, _ in wide})
    assert len({left for left, _ in narrow}) == 1
    assert [top for _, top in narrow] == sorted({top for _, top in narrow})


def test_the_policy_of_the_page_refuses_nothing_of_its_own_and_everything_else(browser: Browser, page: Path) -> None:
    browser.open(page, width=1280)
    assert browser.said == []

    browser.run("document.body.appendChild(new Image()).src = 'https://example.net/x.png'")
    browser.run("document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\">')")

    def refused(what: str) -> bool:
        browser.run("1")
        return any(what in each and "Content Security Policy" in each for each in browser.said)

    eventually(lambda: refused("the image 'https://example.net/x.png'"), "the image is refused")
    eventually(lambda: refused("inline style"), "the style is refused")


def test_a_hostile_name_runs_no_script(browser: Browser, content: Content, tmp_path: Path) -> None:
    hostile = '"><script>window.ran = 1</script><img src=x onerror="window.ran = 1">'
    browser.open(written(tmp_path, renamed(content, hostile)), width=1280)

    assert browser.run("typeof window.ran") == "undefined"
    assert browser.run("document.querySelector('details.app h3').textContent") == hostile
    assert browser.said == []


def test_search_finds_apps_keys_and_workloads(browser: Browser, page: Path) -> None:
    browser.open(page, width=1280)
    assert len(visible_keys(browser)) == 17

    choose(browser, "search", "pg-pass")
    assert visible_keys(browser) == ["pg-password"]
    choose(browser, "search", "grafana admin")
    assert visible_keys(browser) == ["admin-password", "admin-user"]
    choose(browser, "search", "deployment/authentik")
    assert len(visible_keys(browser)) == 5
    choose(browser, "search", "")
    assert len(visible_keys(browser)) == 17


def test_a_search_without_a_result_says_so(browser: Browser, page: Path) -> None:
    browser.open(page, width=1280)

    choose(browser, "search", "nextcloud")

    assert visible_keys(browser) == []
    assert browser.run("document.getElementById('nothing').hidden") is False
    assert browser.run("document.getElementById('count').textContent") == "0 keys in 0 apps"


def test_filters_combine(browser: Browser, page: Path) -> None:
    browser.open(page, width=1280)

    browser.run("document.getElementById('overdue').click()")
    assert visible_keys(browser) == ["admin-password"]
    browser.run("document.getElementById('overdue').click()")
    browser.run("document.getElementById('undelivered').click()")
    assert visible_keys(browser) == ["GITHUB_TOKEN"]
    choose(browser, "namespace", "monitoring")
    assert visible_keys(browser) == []
    browser.run("document.getElementById('undelivered').click()")
    choose(browser, "source", "literal")
    assert visible_keys(browser) == ["admin-user", "oauth-client-id"]


def test_a_key_that_only_templates_read_is_shown_and_not_counted(browser: Browser, tmp_path: Path) -> None:
    browser.open(written(tmp_path, report(Lab(homelab=declared(tmp_path)))), width=1280)

    choose(browser, "search", "WEB_DATABASE")

    assert visible_keys(browser) == ["WEB_DATABASE", "url"]
    assert browser.run("document.getElementById('count').textContent") == "1 key in 1 app"


def test_the_keyboard_is_enough(browser: Browser, page: Path) -> None:
    browser.open(page, width=1280)

    browser.press("/", 191)
    assert browser.run("document.activeElement.id") == "search"
    browser.run("document.querySelector('details.app summary').focus()")
    browser.press("Enter", 13)
    assert browser.run("document.querySelector('details.app').open") is False
    browser.press("Enter", 13)
    assert browser.run("document.querySelector('details.app').open") is True


def test_of_hundreds_of_apps_a_search_opens_those_that_match(browser: Browser, tmp_path: Path) -> None:
    browser.open(written(tmp_path, report(Lab(homelab=of_apps(tmp_path, 300)))), width=1280)
    assert visible_keys(browser) == []
    assert browser.run("document.getElementById('count').textContent") == "300 keys in 300 apps"

    choose(browser, "search", "TOKEN_217")
    assert visible_keys(browser) == ["TOKEN_217"]
    choose(browser, "search", "")
    assert visible_keys(browser) == []
