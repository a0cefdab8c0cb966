"""Each cause is reported once: what depends on it is not checked, and equal findings of several apps are one."""

from __future__ import annotations

import pytest

from operations.doctor.facts import Login, Unread
from operations.doctor.findings import Finding, Outcome, Status, merged
from operations.doctor.report import MOST_LINES, as_json, exit_code, text
from tests.checkout import CHECKOUT
from tests.operations.doctor.synthetic import Lab, external_secret, not_ready, pod, waiting

PAGE = CHECKOUT / "docs" / "how-to" / "troubleshoot.md"
APPS = ("authentik/authentik-secret", "monitoring/grafana-secret", "openclaw/openclaw-secret")


def failed_apps(message: str = "could not get secret data from provider") -> dict[str, dict[str, object]]:
    return {place: external_secret(place, status="False", message=message) for place in APPS}


def test_a_refused_login_explains_the_store_and_all_apps() -> None:
    lab = Lab()
    stores = lab.cluster.stores
    assert isinstance(stores, dict)
    lab.answer(login=Login(401, "Invalid credentials"), project=None, folders={})
    lab.observe(stores={"infisical": not_ready(stores["infisical"])}, external_secrets=failed_apps())

    assert lab.only_finding().id == "login-refused"
    assert [lab.status(step) for step in ("store", "external-secrets", "secrets")] == ["not-checked"] * 3
    shown = lab.text()
    assert "not checked: solve the problem of “Login of the store” first" in shown
    assert shown in PAGE.read_text(encoding="utf-8"), "the page shows this example"


def test_what_works_is_reported_although_a_step_before_failed() -> None:
    """The operator may reach an Infisical that this machine does not reach."""
    lab = Lab()
    lab.answer(silent="connection failed", login=None, project=None, folders={})

    assert lab.only_finding().id == "infisical-silent"
    assert [lab.status(step) for step in ("store", "external-secrets")] == ["ok", "ok"]


def test_an_unhealthy_application_is_explained_by_its_pods() -> None:
    lab = Lab()
    application = lab.cluster.application
    assert isinstance(application, dict)
    degraded = {"sync": {"status": "Synced"}, "health": {"status": "Degraded"}}
    crashing = pod("infisical-0", **waiting("CrashLoopBackOff", last="Invalid key length"))
    lab.observe(application={**application, "status": degraded}, infisical_pods=[crashing])

    assert lab.only_finding().id == "encryption-key-malformed"


def test_apps_that_fail_for_one_reason_are_one_finding() -> None:
    lab = Lab()
    lab.observe(external_secrets=failed_apps())

    finding = lab.only_finding()

    assert finding.where == tuple(f"ExternalSecret {place}" for place in APPS)
    assert len(finding.fix.splitlines()) == len(APPS)


def test_apps_that_fail_for_different_reasons_are_several_findings() -> None:
    lab = Lab()
    failed = failed_apps()
    failed[APPS[0]] = external_secret(APPS[0], status="False", message="a different one")
    lab.observe(external_secrets=failed)

    assert len(lab.findings()) == 2


def test_the_text_shows_a_few_objects_and_json_shows_all() -> None:
    where = tuple(f"object {number}" for number in range(MOST_LINES + 3))
    lab = Lab()
    (first, *others) = lab.results()
    broken = type(first)(first.id, first.title, Outcome.of([Finding("x", "what", "fix", where)], ""))

    assert "… and 3 more" in text([broken, *others])
    assert as_json([broken, *others])["steps"][0]["findings"][0]["where"] == list(where)


@pytest.mark.parametrize(
    ("warnings", "status"), [([], Status.OK), ([True], Status.WARNING), ([True, False], Status.ERROR)]
)
def test_the_worst_finding_decides(warnings: list[bool], status: Status) -> None:
    found = [Finding(f"f{number}", "what", "fix", warning=warning) for number, warning in enumerate(warnings)]

    assert Outcome.of(found, "good").status is status


def test_exit_codes() -> None:
    healthy, warned, failed = Lab(), Lab(), Lab()
    warned.answer(seconds_ahead=100.0)
    failed.observe(application=None)

    assert [exit_code(lab.results()) for lab in (healthy, warned, failed)] == [0, 1, 2]


def test_what_the_user_may_not_read_is_no_finding() -> None:
    lab = Lab()
    lab.observe(infisical_pods=Unread("your user may not list pods in infisical; grant the verb list on it"))

    assert exit_code(lab.results()) == 0
    assert lab.status("pods") == "not-checked"
    assert lab.text().endswith("No problem found; 1 step not checked.")


def test_merging_keeps_every_object_and_every_fix() -> None:
    one, two = (Finding("id", "what", f"fix {name}", (name,)) for name in "ab")

    assert merged([one, two]) == (Finding("id", "what", "fix a\nfix b", ("a", "b")),)
