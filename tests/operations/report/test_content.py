"""What a report says about delivery, dates and the operator, from what the doctor observed."""

from __future__ import annotations

import base64
import datetime

import pytest

from operations.doctor.chain import without_declaration
from operations.doctor.examination import Examination
from operations.doctor.facts import Unread
from operations.doctor.findings import Finding
from operations.report.content import Delivery
from operations.report.gather import content_of
from tests.operations.doctor.synthetic import NOW, Lab, external_secret
from tests.operations.report.homelabs import app_pod, changed_secret, key_of, report, secret_of

PLACE = "monitoring/grafana-secret"
KEY = "admin-password"


@pytest.fixture
def lab() -> Lab:
    return Lab()


def test_a_homelab_that_is_well_has_every_key_delivered(lab: Lab) -> None:
    content = report(lab)

    assert {key.delivery for app in content.apps for key in app.keys} == {Delivery(True)}
    counts = content.counts
    assert (counts.apps, counts.secrets, counts.keys, counts.undelivered) == (3, 3, 17, 0)


def test_an_old_value_is_not_delivered(lab: Lab) -> None:
    changed_secret(lab, PLACE, **{KEY: base64.b64encode(b"an older value").decode()})

    content = report(lab)

    found = key_of(content, PLACE, KEY).delivery
    assert found == Delivery(False, "the Secret's value differs from GRAFANA_ADMIN_PASSWORD in Infisical")
    assert content.counts.undelivered == 1


def test_a_missing_key_is_not_delivered(lab: Lab) -> None:
    changed_secret(lab, PLACE, **{KEY: None})

    assert key_of(report(lab), PLACE, KEY).delivery == Delivery(False, "missing in the Secret")


def test_a_secret_that_does_not_exist_has_no_key_delivered(lab: Lab) -> None:
    assert isinstance(lab.cluster.secrets, dict)
    lab.observe(secrets={place: each for place, each in lab.cluster.secrets.items() if place != PLACE})

    keys = secret_of(report(lab), PLACE).keys

    assert {key.delivery for key in keys} == {Delivery(False, "the Secret does not exist")}


def test_a_failed_sync_is_shown_and_keys_with_the_current_value_stay_delivered(lab: Lab) -> None:
    failed = external_secret(PLACE, status="False", reason="SecretSyncedError", message="could not get secret data")
    assert isinstance(lab.cluster.external_secrets, dict)
    lab.observe(external_secrets={**lab.cluster.external_secrets, PLACE: failed})

    secret = secret_of(report(lab), PLACE)

    assert (secret.synced, secret.sync) == (False, "SecretSyncedError: could not get secret data")
    assert secret.refreshed == datetime.datetime(2026, 11, 30, 11, 30, tzinfo=datetime.UTC)
    assert {key.is_undelivered for key in secret.keys} == {False}


def test_a_missing_external_secret_is_shown(lab: Lab) -> None:
    lab.observe(external_secrets={})

    secret = secret_of(report(lab), PLACE)

    assert (secret.synced, secret.sync) == (False, "the ExternalSecret does not exist")
    assert {key.delivery.delivered for key in secret.keys} == {None}


def test_without_a_login_nothing_is_compared(lab: Lab) -> None:
    lab.answer(login=None, project=None, folders={})

    assert key_of(report(lab), PLACE, KEY).delivery == Delivery(None, "Infisical's values could not be read")


def test_a_user_who_may_not_read_secrets_gets_the_reason(lab: Lab) -> None:
    reason = "your user may not list secrets in all namespaces; grant the verb list on it"
    lab.observe(secrets=Unread(reason))

    assert key_of(report(lab), PLACE, KEY).delivery == Delivery(None, reason)


def test_without_a_cluster_the_declaration_is_shown(lab: Lab) -> None:
    lab.silent = "no answer in time"

    content = report(lab)

    counts = content.counts
    assert (counts.keys, counts.undelivered, counts.unknown, counts.errors) == (17, 0, 17, 1)
    assert key_of(content, PLACE, KEY).delivery.delivered is None


def test_a_key_has_the_dates_of_its_value(lab: Lab) -> None:
    lab.rotations = {"GRAFANA_ADMIN_PASSWORD": "since 2025-11-01, OVERDUE since 2026-11-01"}

    key = key_of(report(lab), PLACE, KEY)

    assert key.dates
    assert key.dates.age_days(NOW.date()) == 394
    assert key.is_overdue(NOW.date())


def test_the_day_itself_is_not_overdue(lab: Lab) -> None:
    lab.rotations = {"GRAFANA_ADMIN_PASSWORD": f"since 2025-11-01, due on {NOW.date()}"}

    assert not key_of(report(lab), PLACE, KEY).is_overdue(NOW.date())


def test_two_keys_of_one_value_are_one_overdue_rotation(lab: Lab) -> None:
    lab.rotations = {"AUTHENTIK_POSTGRES_PASSWORD": "since 2025-11-01, OVERDUE since 2026-11-01"}

    content = report(lab)

    keys = [key for app in content.apps for key in app.keys if key.is_overdue(content.today)]
    assert (len(keys), content.counts.overdue) == (2, 1)


def test_infisicals_own_values_are_listed_unless_one_app_is_asked_for(lab: Lab) -> None:
    lab.rotations = {"infisicalAuthSecret": "since 2025-11-01, OVERDUE since 2026-11-01"}

    assert [each.name for each in report(lab).own] == ["infisicalAuthSecret"]
    assert report(lab).counts.overdue == 1
    assert report(lab, app="grafana").own == ()


def test_a_stack_that_cannot_be_read_leaves_ages_unknown_and_says_why(lab: Lab) -> None:
    lab.rotations = Unread("pulumi cannot read the stack homelab")  # type: ignore[assignment]

    content = report(lab)

    assert content.undated == "pulumi cannot read the stack homelab"
    assert key_of(content, PLACE, KEY).dates is None


def test_no_text_of_the_cluster_or_of_pulumi_shows_a_value(lab: Lab) -> None:
    value = lab.values["GRAFANA_ADMIN_PASSWORD"]
    lab.rotations = Unread(f"pulumi: {value}")  # type: ignore[assignment]
    failed = external_secret(PLACE, status="False", reason="SecretSyncedError", message=f"bad: {value}")
    spec = {"containers": [{"envFrom": [{"prefix": value, "secretRef": {"name": "grafana-secret"}}]}]}
    lab.observe(external_secrets={PLACE: failed}, app_pods=[app_pod("monitoring", value, spec)])

    content = report(lab)

    assert len(key_of(content, PLACE, KEY).readers) == 1
    assert secret_of(content, PLACE).sync.startswith("SecretSyncedError: bad: ")
    assert value not in repr(content)


def test_a_declaration_with_errors_has_findings_and_no_app() -> None:
    finding = Finding("declaration", "The declaration has an error", "write a slug", ("homelab:store",))
    found = Examination("Pulumi.homelab.yaml", NOW, None, without_declaration([finding]))

    content = content_of(found, "homelab")

    assert (content.apps, content.findings) == ((), (finding,))
