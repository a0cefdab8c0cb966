"""An app that the real operator delivers to: its store, its ExternalSecret, and its delivery check."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

from infisical.api.http.clock import Clock
from infisical.delivery.report import NotDelivered
from sandbox.infisical.fake import FakeInfisical
from tests.infisical.admin import Admin
from tests.infisical.deliveries import delivery, stack_for
from tests.infisical.programs import INSTANCE, client_secret, identity, secret
from tests.infisical.stack import Declared
from tests.waiting import PATIENCE_SECONDS
from tooling.kubernetes.kubectl import Kubectl

API = "external-secrets.io/v1"
NAMESPACE, CREDENTIALS_NAMESPACE = "monitoring", "external-secrets"
VALUES = {"FIRST": "first-value", "SECOND": "second-value"}
KEYS = {"first": "/FIRST", "second_key": "/SECOND"}
LONGER_THAN_EVERY_CHECK = 1000.0

LITERALS = {"user": "literal {{ text }}"}


class Impatient(Clock):
    """The machine's clock. The check's time is up at its first pause after `is_over` is true."""

    def __init__(self, is_over: Callable[[], bool]) -> None:
        self._is_over = is_over
        self._ahead = 0.0

    def now(self) -> float:
        return super().now() + self._ahead

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds)
        if not self._ahead and self._is_over():
            self._ahead = LONGER_THAN_EVERY_CHECK


class App:
    """
    Its project, identity, store and ExternalSecret are all named `tag`.

    One stack creates it and another checks its delivery, so that an update repairs nothing but the delivery.
    """

    def __init__(self, fake_infisical: FakeInfisical, kubectl: Kubectl, tag: str) -> None:
        self.tag = tag
        self.kubectl = kubectl
        self._setup = stack_for(fake_infisical, str(kubectl.kubeconfig))
        self.stack = stack_for(fake_infisical, str(kubectl.kubeconfig))
        self.stack.clock = Clock()  # type: ignore[assignment]

    @property
    def admin(self) -> Admin:
        return Admin(self._setup.fake_infisical.url)

    @property
    def project_id(self) -> str:
        project_id: str = self._setup.outputs("project")["projectId"]
        return project_id

    def of(self, name: str) -> dict[str, Any]:
        """The outputs of `project`, `identity` or `credential`."""
        return self._setup.outputs(name)

    async def set_up(self) -> None:
        project = Declared("Project", "project", {"slug": self.tag, "deletionProtection": False})
        values = [secret(name, value) for name, value in VALUES.items()]
        credential = client_secret()
        await self._setup.up([INSTANCE, project, *values, identity(name=self.tag), credential])
        self.give_credentials(self.of("credential")["clientSecret"])
        self.declare_store()
        self.declare()

    def give_credentials(self, client_secret: str) -> None:
        """Set the credentials that the operator logs in with."""
        data = {"clientId": self.of("credential")["clientId"], "clientSecret": client_secret}
        metadata = {"name": self.tag, "namespace": CREDENTIALS_NAMESPACE}
        self.kubectl.apply({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": data})

    def declare_store(self, slug: str = "", path: str = "/") -> None:
        where = {"name": self.tag, "namespace": CREDENTIALS_NAMESPACE}
        provider = {
            "hostAPI": self._setup.fake_infisical.url,
            "auth": {"universalAuthCredentials": {key: {**where, "key": key} for key in ("clientId", "clientSecret")}},
            "secretsScope": {"projectSlug": slug or self.tag, "environmentSlug": "prod", "secretsPath": path},
        }
        spec = {"provider": {"infisical": provider}}
        self.kubectl.apply(
            {"apiVersion": API, "kind": "ClusterSecretStore", "metadata": {"name": self.tag}, "spec": spec}
        )

    def declare(self, **more: str) -> None:
        """The ExternalSecret, with keys by absolute path; `more` has further keys of the Secret."""
        remote = {**KEYS, **more}
        template = {"engineVersion": "v2", "mergePolicy": "Merge", "data": _verbatim(LITERALS)}
        spec = {
            "refreshInterval": "1h0m0s",
            "secretStoreRef": {"kind": "ClusterSecretStore", "name": self.tag},
            "target": {"name": self.tag, "creationPolicy": "Owner", "deletionPolicy": "Retain", "template": template},
            "data": [{"secretKey": key, "remoteRef": {"key": name}} for key, name in remote.items()],
        }
        metadata = {"name": self.tag, "namespace": NAMESPACE}
        self.kubectl.apply({"apiVersion": API, "kind": "ExternalSecret", "metadata": metadata, "spec": spec})

    async def up(self, declared: str = "", **inputs: Any) -> None:
        await self.stack.up([self._delivery(declared, inputs)])

    async def fails(self, declared: str = "", *, once: Callable[[], bool] | None = None, **inputs: Any) -> str:
        """
        The error of a check that ends without a delivery.

        :param once: what must have happened before the check gives up; by default, that it has tried twice
        """
        clock, self.stack.clock = self.stack.clock, Impatient(once or (lambda: True))  # type: ignore[assignment]
        try:
            with pytest.raises(NotDelivered) as error:
                await self.up(declared, **inputs)
        finally:
            self.stack.clock = clock
        return str(error.value)

    def is_ready(self) -> bool:
        """Whether the operator reports that the ExternalSecret is Ready."""
        return _is_ready(self.kubectl.get("externalsecrets.external-secrets.io", self.tag, NAMESPACE))

    def store_is_ready(self) -> bool:
        return _is_ready(self.kubectl.get("clustersecretstores.external-secrets.io", self.tag))

    async def preview(self, declared: str = "") -> None:
        await self.stack.preview([self._delivery(declared, {})])

    @property
    def delivered(self) -> bool:
        delivered: bool = self.stack.outputs("delivery")["delivered"]
        return delivered

    def held(self) -> dict[str, str]:
        """The content of the Secret."""
        found = self.kubectl.get("secret", self.tag, NAMESPACE) or {}
        return {key: base64.b64decode(value).decode() for key, value in found.get("data", {}).items()}

    def _delivery(self, declared: str, inputs: dict[str, Any]) -> Declared:
        given = {
            "namespace": NAMESPACE,
            "name": self.tag,
            "projectId": self.project_id,
            "keys": KEYS,
            "literals": LITERALS,
            "declared": declared,
            "timeoutSeconds": PATIENCE_SECONDS,
        }
        return delivery(**{**given, **inputs})


def _is_ready(obj: dict[str, Any] | None) -> bool:
    conditions = ((obj or {}).get("status") or {}).get("conditions") or []
    return any((each["type"], each["status"]) == ("Ready", "True") for each in conditions)


def _verbatim(texts: dict[str, str]) -> dict[str, str]:
    """Escaped for the operator's template language, which then renders them unchanged."""
    return {key: text.replace("{{", '{{ "{{" }}') for key, text in texts.items()}
