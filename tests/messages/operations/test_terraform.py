"""The messages of `python -m operations adopt --from-terraform`: its report, its question, and every error."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.messages.stories.book import assert_messages
from tests.operations.adopt.adopting import external_secret, reading
from tests.operations.adopt.terraform.terraforming import DECLARATION, VALUES, Terraforming, secret, tfvars

Message = tuple[str, str]
STATE = {
    "version": 4,
    "resources": [
        {
            "mode": "managed",
            "type": kind,
            "name": name,
            "instances": [{"attributes": attributes}],
        }
        for kind, name, attributes in (
            ("kubernetes_namespace", "infisical", {"metadata": [{"name": "infisical"}]}),
            (
                *("kubernetes_secret", "infisical_secrets"),
                {
                    "metadata": [{"name": "infisical-secrets", "namespace": "infisical"}],
                    "data": {"AUTH_SECRET": "an older value"},
                },
            ),
            ("null_resource", "infisical_app", {}),
            ("helm_release", "argocd", {}),
        )
    ],
}


def ran(terraforming: Terraforming, *arguments: str) -> str:
    try:
        code, output = terraforming.run(*arguments)
    except SystemExit as exit_:
        return f"{terraforming.printed()}[exit code {exit_.code}]"
    return f"{output}[exit code {code}]"


def reports(terraforming: Terraforming, patch: pytest.MonkeyPatch) -> Iterator[Message]:
    yield "Nobody can confirm", ran(terraforming)
    patch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    patch.setattr("builtins.input", lambda question: print(question) or "n")
    terraforming.with_state(STATE)
    terraforming.kubectl.objects.append(
        external_secret("other", "other", {**reading("A"), "refreshPolicy": "OnChange"})
    )
    terraforming.variables(tfvars(more='argocd_version = "7.8.0"\nkube_context = "lab"\n'))
    yield "Not confirmed", ran(terraforming)
    terraforming.kubectl.objects.pop()
    yield "Written", ran(terraforming, "--yes")
    yield "Run again", ran(terraforming, "--yes")


def external_secrets(terraforming: Terraforming) -> Iterator[Message]:
    once = {**reading("A"), "refreshPolicy": "CreatedOnce", "refreshInterval": "5m", "syncWindows": [{}]}
    terraforming.kubectl.objects.append(external_secret("media", "once", once))
    wiki = terraforming.kubectl.find("externalsecret", "wiki-secret", "wiki")
    wiki["spec"]["data"].append({"secretKey": "MORE", "remoteRef": {"key": "MORE"}})
    yield "ExternalSecrets that cannot be declared, and a different one", ran(terraforming, "--dry-run")
    terraforming.kubectl.refuses = "Error from server (Forbidden): namespaces is forbidden"
    yield "An object that cannot be changed", ran(terraforming, "--yes")
    terraforming.kubectl.refuses = ""
    terraforming.steps.left = 3
    yield "Interrupted", ran(terraforming, "--yes")


def managed(terraforming: Terraforming) -> Iterator[Message]:
    terraforming.declare(DECLARATION.replace("mode: manual", "adminEmail: me@example.net"))
    yield "A managed Infisical", ran(terraforming, "--dry-run")


def errors(terraforming: Terraforming) -> Iterator[Message]:
    wrong = {**VALUES, "infisical_encryption_key": "12345", "argocd_oidc_client_secret": 5}
    del wrong["infisical_redis_password"]
    terraforming.variables(tfvars(wrong))
    yield "Wrong variables", ran(terraforming, "--yes")
    other = {**VALUES, "infisical_encryption_key": "f" * 32, "argocd_oidc_client_secret": "different"}
    terraforming.variables(tfvars(other))
    yield "Values that differ from the cluster", ran(terraforming, "--yes")
    yield "Options of ExternalSecrets", ran(terraforming, "--live")
    terraforming.variables(tfvars())
    terraforming.pulumi.config["homelab:infisicalAuthSecret"] = {"value": "different", "secret": True}
    yield "A value that differs from the stack config", ran(terraforming, "--yes")
    terraforming.pulumi.config.clear()
    place = ("infisical-helm-secrets", "argocd")
    kept = terraforming.kubectl.find("secret", *place)
    terraforming.kubectl.objects.remove(kept)
    blob = "postgresql: {auth: {password: another}}\n"
    terraforming.kubectl.objects.append(secret(*place, {"values.yaml": blob}))
    yield "Two values in the cluster", ran(terraforming, "--yes")
    terraforming.kubectl.objects.pop()
    terraforming.kubectl.objects.append(kept)
    terraforming.declare("config: {}\n")
    yield "An unknown address", ran(terraforming, "--yes")
    terraforming.declare(DECLARATION.replace("mode: manual", "mode: manual\n    install: helm"))
    yield "An Infisical without Argo CD", ran(terraforming, "--yes")
    terraforming.declare(DECLARATION.replace("namespace: wiki", "namespace: Wiki"))
    yield "A declaration with errors", ran(terraforming, "--yes")
    terraforming.declare(DECLARATION)
    terraforming.kubectl.unreachable = True
    yield "A cluster that cannot be read", ran(terraforming, "--yes")
    terraforming.kubectl.unreachable = False
    terraforming.pulumi.missing = True
    yield "A stack that does not exist", ran(terraforming, "--yes")
    terraforming.pulumi.missing = False
    terraforming.with_state({"version": 3})
    yield "An old state of Terraform", ran(terraforming, "--yes")
    terraforming.variables('a = "b\n')
    yield "No HCL", ran(terraforming, "--yes")
    (terraforming.terraform / "terraform.tfvars").unlink()
    yield "No file of variables", ran(terraforming, "--yes")
    yield "Two files of variables", ran(terraforming, "other.tfvars", "--yes")


def test_every_message_of_the_move_from_terraform(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    found: list[Message] = []
    for name, story in (("external", external_secrets), ("managed", managed), ("errors", errors)):
        (tmp_path / name).mkdir()
        found += story(Terraforming(tmp_path / name, monkeypatch, capsys))
    (tmp_path / "reports").mkdir()
    found = [*reports(Terraforming(tmp_path / "reports", monkeypatch, capsys), monkeypatch), *found]
    assert_messages("terraform", found)
