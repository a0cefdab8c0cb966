"""One ExternalSecret for each app, independent of other apps."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from declaration.cluster.external_secrets import verbatim
from tests.components.program import Run, run
from tests.declaration.stack_config import IDENTITY, MODES, manual, stack_file

ACTION = re.compile(r'\{\{ ("(?:[^"\\]|\\.)*") \}\}')


EACH_MODE = pytest.mark.parametrize("mode", MODES)


def _run(apps: dict[str, Any]) -> Run:
    return run({**manual(), **IDENTITY, "apps": apps})


def _run_in(mode: str, apps: dict[str, Any]) -> Run:
    return run({**MODES[mode](), "apps": apps})


def _app(namespace: str, **more: Any) -> dict[str, Any]:
    return {"namespace": namespace, "keys": {"KEY": {"source": "manual"}}, **more}


def _rendered(template: str) -> str:
    """The result of Go's text/template for a template of quoted strings."""
    text, rest = "", template
    while "{{" in rest:
        before, rest = rest[: rest.index("{{")], rest[rest.index("{{") :]
        action = ACTION.match(rest)
        assert action, "an action that is no quoted text"
        text, rest = text + before + json.loads(action[1]), rest[action.end() :]
    return text + rest


@settings(max_examples=100)
@given(st.text('{}"-\\`/*. \nab$', max_size=20) | st.text())
@example("{{ .Values.x }}")
@example("{{{{")
@example("{{{ }}}")
@example('{{ "{{" }}')
@example("a {{- b -}} c")
@example("{{/* comment */}}")
def test_a_literal_reaches_the_app_unchanged(literal: str) -> None:
    assert _rendered(verbatim(literal)) == literal


def test_a_literal_that_looks_like_a_template_is_escaped() -> None:
    done = _run({"web": _app("web", literals={"greeting": "Hello {{ .name }}!", "plain": "text"})})

    template = done.objects()["ExternalSecret web/web-secret"]["spec"]["target"]["template"]
    assert template["data"] == {"greeting": 'Hello {{ "{{" }} .name }}!', "plain": "text"}
    assert template["mergePolicy"] == "Merge"


def test_an_app_without_literals_has_a_template_without_data() -> None:
    """Without a template, the operator would copy the ExternalSecret's labels and annotations to the Secret."""
    done = _run({"web": _app("web")})

    assert done.objects()["ExternalSecret web/web-secret"]["spec"]["target"]["template"] == {
        "engineVersion": "v2",
        "mergePolicy": "Merge",
        "metadata": {"labels": {"app.kubernetes.io/part-of": "homelab"}},
    }


def test_the_labels_of_an_app_are_only_on_its_secret() -> None:
    """Argo CD adopts and prunes an object that has its tracking label."""
    labels = {"team": "home", "app.kubernetes.io/instance": "web", "argocd.argoproj.io/instance": "web"}

    done = _run({"web": _app("web", labels=labels)})

    part_of = {"app.kubernetes.io/part-of": "homelab"}
    delivered = done.objects()["ExternalSecret web/web-secret"]
    assert delivered["metadata"]["labels"] == part_of
    assert delivered["spec"]["target"]["template"]["metadata"] == {"labels": {**part_of, **labels}}


@pytest.mark.parametrize("adopt", [True, False])
def test_only_an_adopted_app_takes_over_fields_of_others(adopt: bool) -> None:
    done = _run({"web": _app("web", adopt=adopt)})

    annotations = done.objects()["ExternalSecret web/web-secret"]["metadata"]["annotations"]
    assert annotations.get("pulumi.com/patchForce") == ("true" if adopt else None)


def test_one_remote_key_can_have_several_keys_of_the_secret() -> None:
    keys = {"KEY": {"source": "manual", "secretKeys": ["one", "two", "KEY"]}}

    done = _run({"web": {"namespace": "web", "keys": keys}})

    assert done.objects()["ExternalSecret web/web-secret"]["spec"]["data"] == [
        {"secretKey": secret_key, "remoteRef": {"key": "KEY"}} for secret_key in ("one", "two", "KEY")
    ]


@EACH_MODE
def test_two_apps_share_a_namespace_and_a_remote_key(mode: str) -> None:
    done = _run_in(mode, {"one": _app("shared"), "two": _app("shared", secretName="other")})

    assert {"ExternalSecret shared/one-secret", "ExternalSecret shared/other"} <= set(done.objects())
    store = done.objects()["ClusterSecretStore infisical"]
    assert store["spec"]["conditions"] == [{"namespaces": ["shared"]}]
    # One read for both apps.
    assert [found.name for found in done.of_type("Namespace") if found.read == "shared"] == ["shared"]


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (_app("a-b", secretName="c"), _app("a", secretName="b-c")),
        (_app("a", secretName="b.c"), _app("b", secretName="b.c")),
    ],
    ids=["joined alike", "named alike"],
)
@EACH_MODE
def test_apps_with_equal_joined_names_are_two_resources(mode: str, one: dict[str, Any], two: dict[str, Any]) -> None:
    done = _run_in(mode, {"one": one, "two": two})

    assert len(done.of_type("ExternalSecret")) == 2


@EACH_MODE
def test_removing_an_app_does_not_change_other_apps(mode: str) -> None:
    apps = stack_file()["apps"]
    before = _run_in(mode, apps)
    after = _run_in(mode, {name: app for name, app in apps.items() if name != "grafana"})

    gone = before.objects().keys() - after.objects().keys()
    changed = {name for name, body in after.objects().items() if before.objects()[name] != body}
    assert gone == {"ExternalSecret monitoring/grafana-secret"}
    assert changed == {"ClusterSecretStore infisical"}
    assert set(after.registrations) <= set(before.registrations)


def test_changing_an_apps_keys_changes_one_object() -> None:
    apps = stack_file()["apps"]
    before = _run(apps)
    more = {**apps["openclaw"], "keys": {**apps["openclaw"]["keys"], "NEW_KEY": {"source": "manual"}}}
    after = _run({**apps, "openclaw": more})

    changed = {urn for urn, found in after.registrations.items() if before.registrations.get(urn) != found}
    assert changed == {before.the("ExternalSecret", "openclaw/openclaw-secret").urn}


@EACH_MODE
def test_the_order_of_apps_in_the_file_changes_nothing(mode: str) -> None:
    apps = stack_file()["apps"]

    assert _run_in(mode, dict(reversed(apps.items()))).registrations == _run_in(mode, apps).registrations
