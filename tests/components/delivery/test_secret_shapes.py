"""Every shape of a Secret: the ExternalSecret, the delivery check, and what seeds the keys."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

import yaml

from tests.checkout import CHECKOUT
from tests.components.program import Run, run
from tests.declaration.stack_config import stack_file

HEX = {"source": "generate", "kind": "hex", "size": 16}
KEY = {"source": "manual"}
PART_OF = {"app.kubernetes.io/part-of": "homelab"}


def _run(app: dict[str, Any], **more: Any) -> Run:
    return run({**stack_file(), "apps": {"web": {"namespace": "web", **app}}, **more})


def _spec(done: Run, place: str = "web/web-secret") -> dict[str, Any]:
    spec: dict[str, Any] = done.objects()[f"ExternalSecret {place}"]["spec"]
    return spec


def _delivery(done: Run, place: str = "web/web-secret") -> dict[str, Any]:
    return done.the("infisical:Delivery", place).inputs


def test_each_secret_of_an_app_has_an_external_secret_and_a_delivery_check() -> None:
    tls: dict[str, Any] = {
        "namespace": "ingress",
        "type": "kubernetes.io/tls",
        "keys": {"CERT": {**KEY, "secretKeys": ["tls.crt"]}},
    }
    tls["keys"] |= {"TLS_KEY": {**KEY, "secretKeys": ["tls.key"]}}

    done = _run({"keys": {"TOKEN": HEX}, "secrets": {"web-tls": tls}})

    assert _spec(done, "ingress/web-tls")["target"]["template"]["type"] == "kubernetes.io/tls"
    assert _delivery(done, "ingress/web-tls")["keys"] == {"tls.crt": "/CERT", "tls.key": "/TLS_KEY"}
    assert _delivery(done)["keys"] == {"TOKEN": "/TOKEN"}
    store = done.objects()["ClusterSecretStore infisical"]["spec"]
    assert store["conditions"] == [{"namespaces": ["ingress", "web"]}]
    assert {found.name for found in done.of_type("Namespace") if found.read} >= {"ingress", "web"}
    assert done.outputs["apps"] == {"web": "web/web-secret, ingress/web-tls"}


def test_a_restart_waits_for_each_secret_of_the_app() -> None:
    secrets = {"more": {"keys": {"B": HEX}}}

    done = _run({"keys": {"A": HEX}, "secrets": secrets, "restarts": ["deployment/web"]})

    (restart,) = [found for found in done.of_type("infisical:Restart") if found.name == "web"]
    assert set(restart.inputs["triggers"]) == {"A", "B"}
    for place in ("web/web-secret", "web/more"):
        assert done.the("infisical:Delivery", place).urn in restart.dependencies


def test_metadata_interval_and_owner_of_a_secret_are_written_in_the_operators_forms() -> None:
    fields = {
        "labels": {"team": "a"},
        "annotations": {"note": "{{ verbatim }}"},
        "refreshInterval": "5m",
        "creationPolicy": "Orphan",
    }

    spec = _spec(_run({"keys": {"A": KEY}, **fields}))

    assert (spec["refreshInterval"], spec["target"]["creationPolicy"]) == ("5m0s", "Orphan")
    assert spec["target"]["template"]["metadata"] == {
        "labels": {**PART_OF, "team": "a"},
        "annotations": {"note": '{{ "{{" }} verbatim }}'},
    }
    assert "immutable" not in spec["target"]


def test_a_secret_of_others_keeps_its_labels() -> None:
    spec = _spec(_run({"keys": {"A": KEY}, "creationPolicy": "Merge"}))

    assert spec["target"]["creationPolicy"] == "Merge"
    assert spec["target"]["template"]["metadata"] == {"labels": {}}


def test_an_immutable_secret_is_marked() -> None:
    assert _spec(_run({"keys": {"A": KEY}, "immutable": True}))["target"]["immutable"] is True


def test_a_template_is_given_to_the_operator_as_it_is() -> None:
    template = {"url": "https://{{ .A }}"}

    done = _run({"keys": {"A": KEY}, "literals": {"user": "{{"}, "template": template})

    written = _spec(done)["target"]["template"]
    assert written["data"] == {"url": "https://{{ .A }}", "user": '{{ "{{" }}'}
    assert written["mergePolicy"] == "Merge"
    assert _delivery(done)["templates"] == template


def test_a_key_that_only_templates_read_is_not_in_the_secret() -> None:
    keys = {"A": {**KEY, "secretKeys": []}, "B": {**KEY, "secretKeys": ["b.txt"]}}

    done = _run({"keys": keys, "template": {"url": "{{ .A }}"}})

    target, data = _spec(done)["target"], _spec(done)["data"]
    assert target["template"]["mergePolicy"] == "Replace"
    assert target["template"]["data"] == {"url": "{{ .A }}", "b.txt": '{{ (index . "b.txt") }}'}
    assert [each["secretKey"] for each in data] == ["A", "b.txt"]
    assert _delivery(done)["hiddenKeys"] == ["A"]
    assert done.the("infisical:Secret", "A").inputs["deliveredTo"] == {}


def test_a_registry_login_has_the_type_of_one() -> None:
    config = {"registry": "ghcr.io", "username": "me", "password": "TOKEN"}

    done = _run({"keys": {"TOKEN": {**KEY, "secretKeys": []}}, "dockerConfig": config})

    template = _spec(done)["target"]["template"]
    assert template["type"] == "kubernetes.io/dockerconfigjson"
    assert list(template["data"]) == [".dockerconfigjson"]


def test_a_part_of_a_value_is_neither_seeded_from_the_secret_nor_compared_whole() -> None:
    keys = {
        "USER": {**KEY, "key": "DATABASE", "property": "user"},
        "FILE": {**KEY, "decodingStrategy": "Base64"},
    }

    done = _run({"keys": keys})

    assert _spec(done)["data"] == [
        {"secretKey": "USER", "remoteRef": {"key": "/DATABASE", "property": "user"}},
        {"secretKey": "FILE", "remoteRef": {"key": "/FILE", "decodingStrategy": "Base64"}},
    ]
    inputs = _delivery(done)
    assert inputs["keys"] == {"USER": "/DATABASE", "FILE": "/FILE"}
    assert (inputs["properties"], inputs["decodings"]) == ({"USER": "user"}, {"FILE": "Base64"})
    for name in ("DATABASE", "FILE"):
        assert done.the("infisical:Secret", name).inputs["deliveredTo"] == {}


def test_a_key_in_a_folder_is_seeded_and_read_there() -> None:
    done = _run({"folder": "/shared/web", "keys": {"A": HEX}, "restarts": ["deployment/web"]})

    assert _spec(done)["data"] == [{"secretKey": "A", "remoteRef": {"key": "/shared/web/A"}}]
    assert _delivery(done)["keys"] == {"A": "/shared/web/A"}
    seed = done.the("infisical:Secret", "A")
    assert seed.inputs["path"] == "/shared/web"
    assert done.the("infisical:Folder", "/shared/web").urn in seed.dependencies


def test_the_operator_reads_the_folders_below_the_store_and_the_declared_ones() -> None:
    store = {**stack_file()["store"], "secretsPath": "/apps"}
    keys = {"A": KEY, "B": {**KEY, "folder": "/shared"}, "C": {**KEY, "folder": "/apps/web"}}

    done = _run({"keys": keys}, store=store)

    assert done.the("infisical:Identity", "homelab-eso").inputs["paths"] == ["/apps", "/shared"]
    assert _delivery(done)["readablePaths"] == ["/apps", "/shared"]


def test_one_name_in_two_folders_is_two_secrets_with_an_address_each() -> None:
    keys = {
        "ONE": {**KEY, "key": "TOKEN", "folder": "/one"},
        "TWO": {"source": "config", "key": "TOKEN", "folder": "/two"},
    }

    done = _run({"keys": keys})

    inputs = _delivery(done)
    assert inputs["keys"] == {"ONE": "/one/TOKEN", "TWO": "/two/TOKEN"}
    assert inputs["optionalKeys"] == ["/one/TOKEN", "/two/TOKEN"]
    assert inputs["remedies"] == {
        "/two/TOKEN": "run `pulumi config set --secret --path 'homelab:values.web/TWO'`",
    }


def test_a_shared_key_is_seeded_once_for_all_its_apps() -> None:
    shared = {"SMTP": {**HEX, "folder": "/smtp"}}
    apps = {
        name: {"namespace": name, "keys": {"SMTP": {"source": "shared", "secretKeys": [f"{name}-smtp"]}}}
        for name in ("one", "two")
    }

    done = run({**stack_file(), "apps": apps, "shared": shared})

    (seed,) = [found for found in done.of_type("infisical:Secret") if found.inputs["name"] == "SMTP"]
    assert seed.inputs["path"] == "/smtp"
    assert seed.inputs["deliveredTo"] == {"one/one-secret/one-smtp": "one", "two/two-secret/two-smtp": "two"}


def test_all_keys_of_a_folder_come_from_a_store_of_the_folder() -> None:
    folder = {"include": "^PG_", "rename": {"source": "^PG_(.*)$", "target": "$1"}}

    done = _run({"dataFrom": {"/shared/pg": folder}})

    (name,) = [name for name in done.objects() if name.startswith("ClusterSecretStore infisical-shared-pg-")]
    store = done.objects()[name]["spec"]
    assert store["provider"]["infisical"]["secretsScope"]["secretsPath"] == "/shared/pg"
    assert store["conditions"] == [{"namespaces": ["web"]}]
    spec = _spec(done)
    assert "data" not in spec
    assert spec["dataFrom"] == [
        {
            "find": {"name": {"regexp": "^PG_"}},
            "sourceRef": {"storeRef": {"kind": "ClusterSecretStore", "name": name.partition(" ")[2]}},
            "rewrite": [{"regexp": {"source": "^PG_(.*)$", "target": "$1"}}],
        }
    ]
    assert done.the("infisical:Folder", "/shared/pg")
    (checked,) = _delivery(done)["wholeFolders"]
    assert '"path": "/shared/pg"' in checked


def test_excluded_keys_are_left_out_by_a_template() -> None:
    done = _run({"dataFrom": {"/pg": {"exclude": "_OLD$"}}, "keys": {"A": {**KEY, "secretKeys": ["a"]}}})

    template = _spec(done)["target"]["template"]
    assert template["mergePolicy"] == "Replace"
    assert template["data"] == {"a": "{{ .a }}"}
    ((only,),) = [template["templateFrom"]]
    assert only["target"] == "Data"
    assert 'regexMatch "_OLD$" $key' in only["literal"]


def test_a_rotated_key_of_a_whole_folder_is_delivered_and_restarts_the_app() -> None:
    web = {"namespace": "web", "dataFrom": {"/pg": {}}, "restarts": ["deployment/web"]}
    database = {"namespace": "pg", "folder": "/pg", "keys": {"PASSWORD": HEX}}

    done = run({**stack_file(), "apps": {"web": web, "pg": database}})

    assert list(_delivery(done)["triggers"]) == ["PASSWORD"]
    assert list(done.the("infisical:Restart", "web").inputs["triggers"]) == ["PASSWORD"]
    seed = done.the("infisical:Secret", "PASSWORD").urn
    assert seed in done.the("ExternalSecret", "web/web-secret").dependencies


def test_all_shapes_need_few_resources_beyond_the_operators_objects_and_the_keys() -> None:
    """Each of the operator's objects has a delivery check. Each key is a secret, and has a value if it is generated."""
    nothing, everything = run({**stack_file(), "apps": {}}), run(_all_shapes())

    added = Counter(found.type for found in everything.registrations.values())
    added.subtract(found.type for found in nothing.registrations.values())
    needed = sum(count for kind, count in added.items() if kind.rpartition(":")[2] in NEEDED)
    assert added["infisical:index:Secret"] > 20
    assert added.total() <= 1.3 * needed


NEEDED: Final = ("ExternalSecret", "ClusterSecretStore", "Delivery", "Secret", "RandomPassword", "RsaKeyPair")


def _all_shapes() -> dict[str, Any]:
    """The examples about apps, in one declaration."""
    config = {**stack_file(), "apps": {}, "shared": {}}
    for name in ("shapes-of-secrets", "other-stores", "folders", "generated-values"):
        example = _example(name)
        config["shared"] |= example.get("shared", {})
        for app, fields in example["apps"].items():
            # Grafana is in two of them.
            config["apps"][app] = {**fields, **config["apps"].get(app, {})}
    return config


def _example(name: str) -> dict[str, Any]:
    text = (CHECKOUT / "examples" / name / "Pulumi.homelab.yaml").read_text(encoding="utf-8")
    return {key.removeprefix("homelab:"): value for key, value in yaml.safe_load(text)["config"].items()}
