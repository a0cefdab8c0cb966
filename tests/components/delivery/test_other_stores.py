"""A Secret of another store or of a generator: its ExternalSecret and its delivery check, and nothing in Infisical."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

from tests.components.program import Run, run
from tests.declaration.stack_config import stack_file

STORE = {"name": "kubernetes"}
KEYS = {"PASSWORD": {"key": "postgres-app", "property": "password", "secretKeys": ["password"]}}
GENERATOR = {"kind": "Password", "name": "web", "secretKeys": ["password"]}
REFERENCE = {"apiVersion": "generators.external-secrets.io/v1alpha1", "kind": "Password", "name": "web"}


def _run(app: dict[str, Any], **more: Any) -> Run:
    return run({**stack_file(), "apps": {"web": {"namespace": "web", **app}}}, **more)


def _spec(done: Run) -> dict[str, Any]:
    spec: dict[str, Any] = done.objects()["ExternalSecret web/web-secret"]["spec"]
    return spec


def _delivery(done: Run) -> dict[str, Any]:
    return done.the("infisical:Delivery", "web/web-secret").inputs


def test_a_secret_of_another_store_reads_it_and_seeds_nothing() -> None:
    done = _run({"store": STORE, "keys": KEYS})

    spec = _spec(done)
    assert spec["secretStoreRef"] == {"kind": "SecretStore", "name": "kubernetes"}
    assert spec["data"] == [{"secretKey": "password", "remoteRef": {"key": "postgres-app", "property": "password"}}]
    assert done.of_type("infisical:Secret") == []
    assert done.objects()["ClusterSecretStore infisical"]["spec"]["conditions"] == [{"namespaces": []}]


def test_its_delivery_check_knows_the_keys_and_the_store() -> None:
    inputs = _delivery(_run({"store": STORE, "keys": KEYS, "literals": {"user": "web"}}))

    assert (inputs["keys"], inputs["uncomparedKeys"]) == ({}, ["password"])
    assert (inputs["otherStore"], inputs["literals"]) == ("SecretStore web/kubernetes", {"user": "web"})
    assert "credentialsTrigger" not in inputs
    assert "generator" not in inputs


def test_every_property_of_a_key_is_extracted() -> None:
    done = _run({"store": STORE, "dataFrom": {"postgres-app": {"rename": {"source": "^", "target": "DB_"}}}})

    rewrite = [{"regexp": {"source": "^", "target": "DB_"}}]
    assert _spec(done)["dataFrom"] == [{"extract": {"key": "postgres-app"}, "rewrite": rewrite}]
    assert "data" not in _spec(done)
    assert _delivery(done)["moreKeys"] is True
    assert "wholeFolders" not in _delivery(done)


def test_a_generator_needs_no_store() -> None:
    done = _run({"generator": GENERATOR})

    spec = _spec(done)
    assert spec["dataFrom"] == [{"sourceRef": {"generatorRef": REFERENCE}}]
    assert "secretStoreRef" not in spec
    assert (_delivery(done)["generator"], _delivery(done)["uncomparedKeys"]) == ("Password web/web", ["password"])


def test_a_generator_and_keys_of_infisical_make_one_secret() -> None:
    keys = {"USER": {"source": "generate", "kind": "hex", "size": 8, "secretKeys": []}}

    done = _run({"keys": keys, "generator": GENERATOR, "template": {"login": "{{ .USER }}:{{ .password }}"}})

    spec = _spec(done)
    assert spec["secretStoreRef"]["name"] == "infisical"
    assert spec["data"] == [{"secretKey": "USER", "remoteRef": {"key": "/USER"}}]
    written = spec["target"]["template"]
    assert written["mergePolicy"] == "Replace"
    assert written["data"] == {"login": "{{ .USER }}:{{ .password }}", "password": "{{ .password }}"}
    assert [found.name for found in done.of_type("infisical:Secret")] == ["USER"]


def test_the_cluster_is_asked_for_the_store_and_the_generator() -> None:
    done = _run(
        {
            "store": {"kind": "ClusterSecretStore", "name": "vault"},
            "keys": KEYS,
            "secrets": {"more": {"generator": GENERATOR}},
        }
    )

    ((asked, _, _),) = done.invoked
    assert asked["needed"] == [
        {"api_version": "external-secrets.io/v1", "kind": "ClusterSecretStore", "namespace": "", "name": "vault"},
        {"api_version": REFERENCE["apiVersion"], "kind": "Password", "namespace": "web", "name": "web"},
    ]


@pytest.mark.parametrize("preview", [True, False])
def test_a_store_that_does_not_exist_is_a_warning(preview: bool) -> None:
    """It may come later: its namespace can be one that this program creates."""
    existing = {"missingObjects": ["SecretStore web/kubernetes"]}

    done = _run({"store": STORE, "keys": KEYS}, existing=existing, preview=preview)

    (warning,) = [message for message in done.logged if "does not exist" in message]
    assert warning.startswith("homelab:apps.web.store: SecretStore web/kubernetes does not exist")


def test_the_program_says_which_values_it_cannot_compare() -> None:
    def said(app: dict[str, Any]) -> list[str]:
        return [message for message in _run(app).logged if "cannot compare" in message]

    (message,) = said({"store": STORE, "keys": KEYS})
    assert "Secret web/web-secret (SecretStore web/kubernetes)" in message
    assert said({"keys": {"A": {"source": "manual"}}}) == []


def test_without_a_periodic_refresh_the_operator_still_reads_what_changed() -> None:
    """With `refreshInterval: 0s` alone, it would read a value once and never again."""
    keys = {"A": {"source": "manual"}}

    assert _spec(_run({"keys": keys, "refreshInterval": "0s"}))["refreshPolicy"] == "OnChange"
    assert "refreshPolicy" not in _spec(_run({"keys": keys, "refreshInterval": "5m"}))


def test_a_generator_needs_a_release_of_the_operator_that_has_its_kind() -> None:
    app = {"generator": {**GENERATOR, "kind": "GitlabDeployToken"}}
    (field,) = _run(app).invoked[0][0]["operatorFields"]

    assert field == "ExternalSecret.spec.dataFrom[].sourceRef.generatorRef.kind=GitlabDeployToken"
    with pytest.raises(pulumi.RunError, match=r"homelab:apps\.web\.generator\.kind(.|\n)*v2\.9\.0"):
        _run(app, existing={"missingFields": [field]})


def test_create_or_merge_needs_a_release_of_the_operator_that_has_it() -> None:
    field = "ExternalSecret.spec.target.creationPolicy=CreateOrMerge"
    app = {"keys": {"A": {"source": "manual"}}, "creationPolicy": "CreateOrMerge"}

    done = _run(app)

    assert done.invoked[0][0]["operatorFields"] == [field]
    target = _spec(done)["target"]
    assert (target["creationPolicy"], target["template"]["metadata"]) == ("CreateOrMerge", {"labels": {}})
    with pytest.raises(pulumi.RunError, match=r"homelab:apps\.web\.creationPolicy(.|\n)*v2\.8\.0"):
        _run(app, existing={"missingFields": [field]})
