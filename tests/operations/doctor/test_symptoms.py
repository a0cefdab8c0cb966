"""Each symptom on the page leads to a finding, which a test provokes in a homelab."""

from __future__ import annotations

import re

import pytest

from tests.checkout import CHECKOUT

PAGE = (CHECKOUT / "docs" / "how-to" / "troubleshoot.md").read_text(encoding="utf-8")
SYMPTOMS = PAGE.partition("## From a symptom to its cause")[2].partition("\n\nBy hand")[0]
ROWS = [line.strip("| ").split(" | ") for line in SYMPTOMS.splitlines() if line.startswith("| ")][1:]
FINDINGS = sorted({name for *_, findings in ROWS for name in re.findall("`([^`]+)`", findings)})
TESTS = "\n".join(
    file.read_text(encoding="utf-8") for file in (CHECKOUT / "tests/homelab/diagnosis").glob("test_broken_*.py")
) + (CHECKOUT / "tests/homelab/diagnosis/test_missing_objects.py").read_text(encoding="utf-8")


def test_each_symptom_has_a_finding() -> None:
    assert len(ROWS) > 20
    assert [row[0] for row in ROWS if not re.search("`[a-z-]+`", row[-1])] == []


@pytest.mark.parametrize("finding", FINDINGS)
def test_each_finding_is_provoked_in_a_homelab(finding: str) -> None:
    assert f'"{finding}"' in TESTS
