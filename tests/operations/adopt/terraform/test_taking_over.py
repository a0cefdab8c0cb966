"""The command changes field managers, config, declaration and state, and no value in the cluster."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
import yaml

from declaration.objects import SERVER
from declaration.values.rotations import value_trigger
from tests.operations.adopt.adopting import external_secret, reading
from tests.operations.adopt.terraform.terraforming import SECRETS, VALUES, Terraforming, secret

STATE_RM = {
    "version": 4,
    "outputs": {"infisical_url_tailscale": {"value": "https://lab.example.net:8445"}},
    "resources": [
        {"mode": "data", "type": "kubernetes_secret", "name": "read", "instances": [{"attributes": {}}]},
        *(
            {"mode": "managed", "type": kind, "name": name, **more, "instances": [{**index, "attributes": attributes}]}
            for kind, name, more, index, attributes in (
                ("kubernetes_namespace", "infisical", {}, {}, {"metadata": [{"name": "infisical"}]}),
                ("kubernetes_namespace", "argocd", {}, {}, {"metadata": [{"name": "argocd"}]}),
                (
                    *("kubernetes_secret", "repo", {"module": "module.argocd"}, {"index_key": "homelab"}),
                    {"metadata": [{"name": "repo-homelab", "namespace": "argocd"}]},
                ),
                ("null_resource", "infisical_app", {}, {"index_key": 0}, {}),
                ("helm_release", "argocd", {}, {}, {}),
            )
        ),
    ],
}


def values_of(terraforming: Terraforming) -> list[Any]:
    """The objects without their metadata."""
    return [{k: v for k, v in each.items() if k != "metadata"} for each in terraforming.kubectl.objects]


def managers(terraforming: Terraforming, *place: str) -> list[str]:
    return [each["manager"] for each in terraforming.kubectl.find(*place)["metadata"]["managedFields"]]


def test_the_former_managers_give_the_objects_up_and_no_value_changes(terraforming: Terraforming) -> None:
    before = copy.deepcopy(values_of(terraforming))
    status = {"manager": "kube", "operation": "Update", "subresource": "status", "fieldsV1": {"f:status": {}}}
    terraforming.kubectl.find("namespace", "infisical")["metadata"]["managedFields"].append(status)
    controller = {"manager": "argocd-application-controller", "operation": "Update", "fieldsV1": {"f:status": {}}}
    terraforming.kubectl.find("application", "infisical", "argocd")["metadata"]["managedFields"].append(controller)

    code, output = terraforming.run("--yes")

    assert code == 0, output
    assert values_of(terraforming) == before
    assert managers(terraforming, "namespace", "infisical") == ["pulumi-homelab", "kube"]
    application = managers(terraforming, "application", "infisical", "argocd")
    assert application == ["pulumi-homelab", "argocd-application-controller"]
    for place in (("infisical-secrets", "infisical"), ("infisical-machine-identity", "external-secrets")):
        assert managers(terraforming, "secret", *place) == ["pulumi-homelab"]


def test_the_server_is_annotated_with_triggers_of_its_values_and_no_value(terraforming: Terraforming) -> None:
    terraforming.run("--yes")

    annotations = terraforming.kubectl.find("deployment", SERVER, "infisical")["metadata"]["annotations"]
    key, names = VALUES["infisical_encryption_key"], ("auth_secret", "postgres_password", "redis_password")
    noted = json.loads(annotations["homelab/started-with"])
    assert set(noted) == {"infisicalAuthSecret", "infisicalPostgresPassword", "infisicalRedisPassword"}
    assert set(noted.values()) == {value_trigger(key, VALUES[f"infisical_{name}"]) for name in names}


def test_argocd_keeps_its_own_secret_but_for_one_key(terraforming: Terraforming) -> None:
    terraforming.run("--yes")

    metadata = terraforming.kubectl.find("secret", "argocd-secret", "argocd")["metadata"]
    (entry,) = metadata["managedFields"]
    assert entry["manager"] == "Helm"
    assert entry["fieldsV1"] == {"f:data": {"f:admin.password": {}, ".": {}}}
    assert "labels" not in metadata


def test_an_equal_external_secret_gives_its_fields_to_the_program(terraforming: Terraforming) -> None:
    """So that the update removes those that it writes in a different way, such as a template."""
    wiki = terraforming.kubectl.find("externalsecret", "wiki-secret", "wiki")
    wiki["spec"] |= {
        "data": [{"secretKey": "it", "remoteRef": {"key": "TOKEN"}}],
        "target": {"template": {"data": {"TOKEN": "{{ .it }}"}}},
    }
    template: dict[str, Any] = {"f:target": {"f:template": {"f:data": {"f:TOKEN": {}}}}}
    tracking: dict[str, Any] = {"f:annotations": {"f:argocd.argoproj.io/tracking-id": {}}}
    operator = {"manager": "external-secrets", "operation": "Update", "fieldsV1": {"f:spec": {"f:refreshInterval": {}}}}
    wiki["metadata"]["managedFields"] += [
        {"manager": "kubectl-edit", "operation": "Update", "fieldsV1": {"f:spec": template, "f:metadata": tracking}},
        operator,
    ]

    code, output = terraforming.run("--yes")

    assert code == 0, output
    kept, own = terraforming.kubectl.find("externalsecret", "wiki-secret", "wiki")["metadata"]["managedFields"]
    assert kept == operator
    assert (own["manager"], own["operation"]) == ("pulumi-homelab", "Apply")
    assert own["fieldsV1"] == {"f:spec": {"f:data": {}, **template}}
    assert "adopt" not in terraforming.stack_file.read_text()


def test_a_different_external_secret_is_taken_over_by_the_declaration_only(terraforming: Terraforming) -> None:
    wiki = terraforming.kubectl.find("externalsecret", "wiki-secret", "wiki")
    wiki["spec"]["data"].append({"secretKey": "MORE", "remoteRef": {"key": "MORE"}})

    terraforming.run("--yes")

    assert managers(terraforming, "externalsecret", "wiki-secret", "wiki") == ["argocd-controller"]
    text = terraforming.stack_file.read_text()
    assert yaml.safe_load(text)["config"]["homelab:apps"]["wiki"]["adopt"] is True
    assert "    wiki:  # the notes\n" in text


def test_the_state_gets_every_object_and_no_readable_value(terraforming: Terraforming) -> None:
    terraforming.run("--yes")

    resources = {each["urn"].split("::", 2)[2]: each for each in terraforming.pulumi.state["deployment"]["resources"]}
    parents = {
        "Namespaces$kubernetes:core/v1:Namespace::infisical",
        "BootstrapSecrets$kubernetes:core/v1:Secret::infisical-secrets",
        "BootstrapSecrets$kubernetes:core/v1:Secret::infisical-helm-secrets",
        "InfisicalApplication$kubernetes:argoproj.io/v1alpha1:Application::infisical",
        "ArgoCdSecrets$kubernetes:core/v1:SecretPatch::argocd-secret",
        "ArgoCdSecrets$kubernetes:core/v1:Secret::repo-homelab",
        "InfisicalStore$kubernetes:core/v1:Secret::infisical-machine-identity",
        "InfisicalStore$kubernetes:external-secrets.io/v1:ClusterSecretStore::infisical",
        "AppSecrets$kubernetes:external-secrets.io/v1:ExternalSecret::wiki/wiki-secret",
    }
    assert {f"homelab:secrets:{each}" for each in parents} <= resources.keys()
    added = [each for each in resources.values() if "provider" in each]
    assert all(each["protect"] for each in added)

    def readable(value: Any) -> Any:
        """Without the values that Pulumi encrypts."""
        if isinstance(value, dict):
            return None if "plaintext" in value else {name: readable(each) for name, each in value.items()}
        return [readable(each) for each in value] if isinstance(value, list) else value

    encoded = {value for each in terraforming.kubectl.objects for value in (each.get("data") or {}).values()}
    shown = json.dumps(readable(added))
    assert not [value for value in (*SECRETS, *encoded) if value in shown and len(value) > 4]


def test_each_value_is_set_through_stdin_and_encrypted(terraforming: Terraforming) -> None:
    terraforming.run("--yes")

    config = terraforming.pulumi.config
    assert len(config) == len(VALUES)
    assert [key for key, each in config.items() if not each["secret"]] == ["homelab:homelabRepoUrl"]
    assert config["homelab:argocdRepoSshPrivateKey"]["value"] == VALUES["argocd_repo_ssh_private_key"]
    arguments = " ".join(argument for call in terraforming.pulumi.calls for argument in call)
    assert not [value for value in SECRETS if value.strip() in arguments]


def test_the_settings_in_use_are_written_and_comments_stay(terraforming: Terraforming) -> None:
    code, output = terraforming.run("--yes")

    assert code == 0
    text = terraforming.stack_file.read_text()
    infisical = yaml.safe_load(text)["config"]["homelab:infisical"]
    assert (infisical["chartVersion"], infisical["nodePort"]) == ("1.8.0", 30445)
    assert infisical["resources"] == {"limits": {"memory": "2Gi"}}
    assert infisical["database"] == {"kind": "bundled"}
    assert "    url: https://infisical.example.net  # through the VPN\n" in text
    assert "+    chartVersion: 1.8.0" in output


def test_a_declaration_is_written_from_nothing(terraforming: Terraforming) -> None:
    terraforming.stack_file.unlink()
    terraforming.with_state(STATE_RM)

    code, output = terraforming.run("--yes")

    assert code == 0, output
    config = yaml.safe_load(terraforming.stack_file.read_text())["config"]
    assert config["homelab:infisical"]["mode"] == "manual"
    assert config["homelab:infisical"]["url"] == "https://lab.example.net:8445"
    assert config["homelab:argocd"] == {"project": "secrets"}
    assert config["homelab:store"]["environmentSlug"] == "prod"
    app = yaml.safe_load((terraforming.project / "apps" / "wiki.yaml").read_text())
    assert app == {"namespace": "wiki", "keys": {"TOKEN": {"source": "manual"}}, "adopt": True}


def test_the_addresses_to_remove_from_terraforms_state_are_printed(terraforming: Terraforming) -> None:
    terraforming.with_state(STATE_RM)

    _, output = terraforming.run("--yes")

    commands = [line.strip() for line in output.splitlines() if "terraform state rm" in line]
    assert commands == [
        "terraform state rm kubernetes_namespace.infisical",
        "terraform state rm 'module.argocd.kubernetes_secret.repo[\"homelab\"]'",
        "terraform state rm 'null_resource.infisical_app[0]'",
    ]
    assert "Terraform still manages: kubernetes_namespace.argocd, helm_release.argocd." in output


def test_a_second_run_finds_nothing_to_do(terraforming: Terraforming) -> None:
    terraforming.run("--yes")
    writes, state = len(terraforming.kubectl.writes), copy.deepcopy(terraforming.pulumi.state)

    code, output = terraforming.run("--yes")

    assert (code, output.splitlines()[-1]) == (0, "Everything is taken over already.")
    assert (len(terraforming.kubectl.writes), terraforming.pulumi.state) == (writes, state)


@pytest.mark.parametrize("steps", range(28))
def test_a_run_that_is_interrupted_after_any_step_can_be_continued(terraforming: Terraforming, steps: int) -> None:
    values = copy.deepcopy(values_of(terraforming))
    terraforming.steps.left = steps

    assert terraforming.run("--yes")[0] == 130
    assert terraforming.run("--yes")[0] == 0

    assert values_of(terraforming) == values
    assert len(terraforming.pulumi.config) == len(VALUES)
    assert managers(terraforming, "secret", "repo-homelab", "argocd") == ["pulumi-homelab"]
    resources = [each["urn"] for each in terraforming.pulumi.state["deployment"]["resources"]]
    assert len(resources) == len(set(resources)) == 17
    assert terraforming.run("--yes")[1].endswith("Everything is taken over already.\n")


def test_a_managed_infisical_keeps_the_former_login_until_the_update(terraforming: Terraforming) -> None:
    managed = terraforming.stack_file.read_text().replace("mode: manual", "adminEmail: me@example.net")
    terraforming.declare(managed)

    code, output = terraforming.run("--yes")

    assert code == 0, output
    assert "homelab:infisicalMachineIdentityClientId" not in terraforming.pulumi.config
    assert "The first update gives the operator a login of the identity that the program manages." in output
    assert managers(terraforming, "secret", "infisical-machine-identity", "external-secrets") == ["pulumi-homelab"]


@pytest.mark.parametrize(
    ("namespace", "key", "mode", "fails"),
    [
        ("media", "A", "mode: manual", True),
        ("wiki", "A", "mode: manual", False),
        ("wiki", "A", "adminEmail: me@example.net", True),
        ("wiki", "/A", "adminEmail: me@example.net", False),
    ],
)
def test_an_external_secret_that_the_store_no_longer_serves_is_named(
    terraforming: Terraforming, namespace: str, key: str, mode: str, fails: bool
) -> None:
    terraforming.declare(terraforming.stack_file.read_text().replace("mode: manual", mode))
    not_declarable = {**reading(key, "A"), "syncWindows": [{}]}
    terraforming.kubectl.objects.append(external_secret(namespace, "other", not_declarable))

    code, output = terraforming.run("--dry-run")

    assert code == 1
    assert (f"These ExternalSecrets then fail: {namespace}/other." in output) is fails


def test_an_object_that_is_missing_is_left_to_the_update(terraforming: Terraforming) -> None:
    terraforming.kubectl.objects.remove(terraforming.kubectl.find("secret", "repo-homelab", "argocd"))

    code, output = terraforming.run("--yes")

    assert code == 0
    assert "Secret argocd/repo-homelab" in output
    assert "the update creates it" in output


def test_other_keys_of_a_secret_are_kept(terraforming: Terraforming) -> None:
    place = ("infisical-secrets", "infisical")
    terraforming.kubectl.objects.remove(terraforming.kubectl.find("secret", *place))
    own = {"ENCRYPTION_KEY": VALUES["infisical_encryption_key"], "AUTH_SECRET": VALUES["infisical_auth_secret"]}
    terraforming.kubectl.objects.append(secret(*place, {**own, "SMTP_PASSWORD": "x"}))

    terraforming.run("--yes")

    assert "SMTP_PASSWORD" in terraforming.kubectl.find("secret", *place)["data"]
    assert managers(terraforming, "secret", *place) == ["pulumi-homelab"]


def test_the_json_report_has_the_same_facts(terraforming: Terraforming) -> None:
    terraforming.with_state(STATE_RM)

    code, output = terraforming.run("--json", "--yes")

    report = json.loads(output)
    assert (code, report["written"]) == (0, True)
    assert {each["name"]: each["config"] for each in report["variables"]}["argocd_version"] == "-"
    (application,) = [each for each in report["objects"] if each["kind"] == "Application"]
    assert (application["formerManagers"], application["result"]) == (["kubectl"], "take over")
    assert report["terraformStateRm"][0] == "terraform state rm kubernetes_namespace.infisical"


@pytest.mark.parametrize("options", [["--dry-run"], ["--json"], []])
def test_nothing_is_written_without_a_yes(terraforming: Terraforming, options: list[str]) -> None:
    text = terraforming.stack_file.read_text()

    code, _ = terraforming.run(*options)

    assert code == (0 if options == ["--dry-run"] else 1)
    assert terraforming.stack_file.read_text() == text
    assert terraforming.kubectl.writes == []
    assert terraforming.pulumi.config == {}
