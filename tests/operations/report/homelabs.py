"""Homelabs as the doctor would observe them, and the reports about them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from declaration import Homelab
from operations.doctor.examination import Examination
from operations.doctor.steps.scope import Scope
from operations.report.content import Content, KeyPart, SecretPart
from operations.report.gather import content_of
from tests.operations.doctor.synthetic import NOW, Lab, Object
from tooling.stack.declared import checked, read_declaration

EVERY_SOURCE = """
config:
  homelab:infisical: {adminEmail: admin@example.net, url: "https://infisical.example.net"}
  homelab:store:
    hostAPI: http://infisical.infisical.svc.cluster.local:8080
    projectSlug: homelab
    environmentSlug: prod
  homelab:shared:
    SMTP_PASSWORD: {source: config, folder: /smtp}
  homelab:apps:
    web:
      namespace: sites
      restarts: [deployment/web]
      keys:
        WEB_TOKEN: {source: generate, kind: hex, size: 32, secretKeys: [token], immutable: true}
        WEB_LICENSE: {source: manual}
        SMTP_PASSWORD: {source: shared}
        WEB_DATABASE: {source: manual, secretKeys: []}
      literals: {user: web}
      template: {url: "postgres://web:{{ .WEB_DATABASE }}@db"}
      secrets:
        web-folder:
          dataFrom: {/web: {include: ^PG_}}
        web-store:
          store: {name: kubernetes}
          keys: {password: {key: postgres, property: password}}
        web-generator:
          generator: {kind: Password, name: web, secretKeys: [made]}
    mail:
      namespace: mail
      keys:
        SMTP_PASSWORD: {source: shared}
"""
"""A declaration with a key of each source."""


def declared(folder: Path, text: str = EVERY_SOURCE) -> Homelab[None]:
    (folder / "Pulumi.homelab.yaml").write_text(text)
    return checked(read_declaration(folder, "homelab"))


def of_apps(folder: Path, count: int) -> Homelab[None]:
    """A homelab of that many apps, each with one key."""
    content = yaml.safe_load(EVERY_SOURCE)
    content["config"]["homelab:apps"] = {
        f"app{number}": {"namespace": f"ns{number}", "keys": {f"TOKEN_{number}": {"source": "manual"}}}
        for number in range(count)
    }
    return declared(folder, yaml.safe_dump(content))


def report(lab: Lab, **options: Any) -> Content:
    scope = Scope(lab.homelab, lab.homelab.delivered_secrets, lab.facts())
    return content_of(Examination(lab.homelab.source, NOW, scope, lab.results()), "homelab", **options)


def secret_of(content: Content, place: str) -> SecretPart:
    return next(secret for app in content.apps for secret in app.secrets if secret.place == place)


def key_of(content: Content, place: str, name: str) -> KeyPart:
    return next(key for key in secret_of(content, place).keys if key.name == name)


def changed_secret(lab: Lab, place: str, **data: str | None) -> None:
    """A Secret with these values; None removes the key."""
    secrets = lab.cluster.secrets
    assert isinstance(secrets, dict)
    held = {**secrets[place]["data"], **data}
    held = {key: value for key, value in held.items() if value is not None}
    lab.observe(secrets={**secrets, place: {**secrets[place], "data": held}})


def app_pod(namespace: str, deployment: str, spec: Mapping[str, Any], phase: str = "Running") -> Object:
    """A pod of a Deployment."""
    owner = {"kind": "ReplicaSet", "name": f"{deployment}-5d4f", "controller": True}
    metadata = {
        "name": f"{deployment}-5d4f-x",
        "namespace": namespace,
        "labels": {"pod-template-hash": "5d4f"},
        "ownerReferences": [owner],
    }
    return {"metadata": metadata, "spec": dict(spec), "status": {"phase": phase}}


def renamed(content: Content, name: str) -> Content:
    """With this name in every place that has one."""
    app = content.apps[0]
    secret = app.secrets[0]
    key = secret.keys[0]
    reader = dataclasses.replace(key.readers[0], name=name, ways=(name,)) if key.readers else None
    key = dataclasses.replace(
        key,
        name=name,
        origin=dataclasses.replace(key.origin, detail=name, place=name, others=(name,)),
        delivery=dataclasses.replace(key.delivery, delivered=False, reason=name),
        readers=(reader,) if reader else (),
    )
    secret = dataclasses.replace(
        secret, namespace=name, name=name, external_secret=name + "2", store=name, sync=name, keys=(key,)
    )
    app = dataclasses.replace(app, name=name, namespace=name, restarts=(name,), secrets=(secret,))
    step = content.steps[0]
    outcome = step.outcome
    found = dataclasses.replace(content.findings[0], what=name, fix=name, where=(name,), found=name, expected=name)
    outcome = dataclasses.replace(outcome, detail=name, findings=(found,))
    step = dataclasses.replace(step, title=name, outcome=outcome)
    own = tuple(dataclasses.replace(each, name=name) for each in content.own[:1])
    return dataclasses.replace(
        content, declared_in=name, stack=name, server=name, undated=name, apps=(app,), steps=(step,), own=own
    )
