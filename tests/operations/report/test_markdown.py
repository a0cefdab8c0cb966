"""The report as Markdown: the facts of the page, and no name that becomes markup."""

from __future__ import annotations

import re

import pytest

from operations.report.content import Content
from operations.report.markdown import as_markdown, plain
from tests.operations.doctor.synthetic import Lab
from tests.operations.report.homelabs import app_pod, renamed, report


@pytest.fixture
def content() -> Content:
    lab = Lab()
    lab.rotations = {
        "GRAFANA_ADMIN_PASSWORD": "since 2025-11-01, OVERDUE since 2026-11-01",
        "AUTHENTIK_SECRET_KEY": "since 2026-11-01, never changes",
        "infisicalAuthSecret": "since 2026-11-01, due on 2027-11-01",
    }
    spec = {"containers": [{"envFrom": [{"secretRef": {"name": "authentik-secret"}}]}]}
    lab.observe(app_pods=[app_pod("authentik", "authentik", spec)])
    return report(lab)


def cells(line: str) -> list[str]:
    return re.split(r"(?<!\\)\|", line)[1:-1]


def tables(text: str) -> list[list[str]]:
    """The lines of each table."""
    return [block.splitlines() for block in text.split("\n\n") if block.startswith("|")]


def test_a_key_is_a_row_with_its_dates_its_delivery_and_its_readers(content: Content) -> None:
    lines = as_markdown(content).splitlines()

    assert (
        r"| AUTHENTIK\_SECRET\_KEY | generated: hex, 32 random bytes, immutable | /AUTHENTIK\_SECRET\_KEY | "
        r"2026-11-01 (29 d) | never | yes | deployment/authentik: environment AUTHENTIK\_SECRET\_KEY |"
    ) in lines
    overdue = next(line for line in lines if line.startswith(r"| admin\-password "))
    assert "**overdue since 2026-11-01**" in overdue


def test_every_row_of_a_table_has_as_many_cells_as_its_head(content: Content) -> None:
    for table in tables(as_markdown(renamed(content, "a|b\n| c `d` <br>\\"))):
        assert {len(cells(line)) for line in table} == {len(cells(table[0]))}


def test_a_hostile_name_is_no_markup(content: Content) -> None:
    text = as_markdown(renamed(content, "<script>*x*</script> [a](b) # c"))

    assert "<script>" not in text
    assert "*x*" not in text.replace(r"\*", "")
    assert "[a]" not in text


def test_markup_is_escaped_on_one_line() -> None:
    assert plain("a_b\n*c*|d\\") == r"a\_b \*c\*\|d\\"


def test_infisicals_own_values_are_listed(content: Content) -> None:
    assert "| infisicalAuthSecret | 2026-11-01 | due on 2027-11-01 |" in as_markdown(content).splitlines()


def test_no_value_is_in_it() -> None:
    lab = Lab()
    lab.answer(silent="refused canary-grafana_admin_password")

    assert "canary" not in as_markdown(report(lab))
