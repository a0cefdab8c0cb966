"""Each example with forms of Secrets, as `make up` deploys it: the real operator delivers what it declares."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import bcrypt

from declaration import AppSecret
from sandbox.controlplane import prerequisite_namespaces
from sandbox.controlplane.prerequisites import ensure_prerequisites
from sandbox.declared import declared_apps, read_config
from sandbox.stack.differences import on_this_machine, throw_away_values
from sandbox.stack.stand_ins import ensure_stand_ins, stand_ins
from tests.homelab.deployment import Homelab
from tests.homelab.owner import Owner
from tooling.stack.workspace import CHECKOUT
from tooling.toolchain import Tools


def deploy(homelab: Homelab, tools: Tools, example: str) -> dict[str, AppSecret]:
    """Deploy an example as `make up` does, in place of the previous one; with its Secrets by `namespace/name`."""
    stack_file = CHECKOUT / "examples" / example / "Pulumi.homelab.yaml"
    declared, cluster = read_config(stack_file), homelab.plane
    secrets = [secret for app in declared_apps(declared) or () for secret in app.secrets]
    ensure_prerequisites(cluster.plane, tools.crds, prerequisite_namespaces(stack_file))
    ensure_stand_ins(cluster.kubectl, stand_ins(secrets))
    homelab.config = on_this_machine(declared, cluster.infisical_url, cluster.argocd.infisical.data)
    homelab.values, homelab.credentials = {}, {}
    for path, make in throw_away_values(homelab.config).items():
        key, _, name = path.removeprefix("homelab:").partition('["')
        if name:
            homelab.set_value(name.removesuffix('"]'), make())
        else:
            homelab.set_secret(key, make())
    homelab.up()
    return {secret.place: secret for secret in secrets}


def held(homelab: Homelab, secret: AppSecret) -> dict[str, str]:
    return homelab.secret(secret.namespace, secret.name)


def stood_in(homelab: Homelab, store: str) -> dict[str, Any]:
    """The values of a store's stand-in."""
    found = homelab.object("clustersecretstores.external-secrets.io", store)
    data: Iterator[dict[str, str]] = iter(found["spec"]["provider"]["fake"]["data"])
    return {each["key"]: json.loads(each["value"]) for each in data}


def test_shapes_of_secrets(whole_homelab: Homelab, tools: Tools) -> None:
    secrets = deploy(whole_homelab, tools, "shapes-of-secrets")

    found = {place.partition("/")[2]: held(whole_homelab, secret) for place, secret in secrets.items()}
    values, given = Owner(whole_homelab).values(), whole_homelab.values
    login = json.loads(given["LOGIN"])
    registry = json.loads(found["forgejo-registry"][".dockerconfigjson"])["auths"]["ghcr.io"]
    database, basic = found["forgejo-database"], found["forgejo-basic-auth"]["users"].strip()
    assert found["grafana-secret"] == {
        "GRAFANA_ADMIN_PASSWORD": values["GRAFANA_ADMIN_PASSWORD"],
        "GF_SMTP_PASSWORD": given["SMTP_PASSWORD"],
    }
    assert database == {
        "password": whole_homelab.generated("DATABASE_PASSWORD"),
        "DATABASE_URL": f"postgresql://forgejo:{database['password']}@postgres.forgejo.svc/forgejo",
    }
    assert found["forgejo-mail"] == {"mail.ini": f'[mailer]\nPASSWD = "{given["SMTP_PASSWORD"]}"\n'}
    assert registry["password"] == given["REGISTRY_TOKEN"]
    assert base64.b64decode(registry["auth"]).decode() == f"robot:{given['REGISTRY_TOKEN']}"
    assert bcrypt.checkpw(whole_homelab.generated("METRICS_PASSWORD").encode(), basic.partition(":")[2].encode())
    assert found["forgejo-tls"] == {"tls.crt": given["TLS_CERTIFICATE"], "tls.key": given["TLS_KEY"]}
    assert found["forgejo-login"] == {"username": login["username"], "password": login["password"]}


def test_other_stores(whole_homelab: Homelab, tools: Tools) -> None:
    secrets = deploy(whole_homelab, tools, "other-stores")

    found = {place.partition("/")[2]: held(whole_homelab, secret) for place, secret in secrets.items()}
    postgres = stood_in(whole_homelab, "monitoring.kubernetes")["postgres-app"]
    assert found["grafana-database"] == {
        "GF_DATABASE_USER": postgres["username"],
        "GF_DATABASE_PASSWORD": postgres["password"],
    }
    assert found["grafana-cache"] == {"REDIS_value": stood_in(whole_homelab, "vault")["redis/grafana"]["value"]}
    registry, note = found["grafana-registry"], whole_homelab.values["REGISTRY_NOTE"]
    assert set(registry) == {"username", "password", "login"}
    assert registry["login"] == f"{registry['username']}:{registry['password']} {note}"
    whole_homelab.up("--expect-no-changes")
