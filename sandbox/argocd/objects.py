"""Reads and watches the required objects, and writes the status of the Application."""

from __future__ import annotations

import base64
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx2
from lightkube import ApiError, Client, KubeConfig
from lightkube.generic_resource import create_namespaced_resource
from lightkube.resources.apps_v1 import Deployment, ReplicaSet, StatefulSet
from lightkube.resources.core_v1 import Pod, Secret
from lightkube.types import PatchType

from declaration.objects import APPLICATION, INFISICAL_NAMESPACE
from sandbox.argocd.application import Object
from sandbox.decoding import prepare_decoding

FIELD_MANAGER = "fake-argocd"
RETRY_SECONDS = 0.5
WATCH_SECONDS = 60

Application = create_namespaced_resource("argoproj.io", "v1alpha1", "Application", "applications")
AppProject = create_namespaced_resource("argoproj.io", "v1alpha1", "AppProject", "appprojects")

log = logging.getLogger("objects")

Unavailable = httpx2.HTTPError
"""The API server does not answer, or refuses."""


@dataclass(frozen=True)
class Keys:
    """The decoded `values` of a Secret, and their `version`."""

    version: tuple[str, ...]
    values: dict[str, str] = field(repr=False)


def connect(kubeconfig: Path) -> Client:
    """Return a client with the field manager of this fake."""
    return Client(config=KubeConfig.from_file(kubeconfig), field_manager=FIELD_MANAGER)


class Objects:
    """
    :param client: of the cluster
    :param namespace: Argo CD's
    """

    def __init__(self, client: Client, namespace: str) -> None:
        self._client = client
        self._namespace = namespace

    def application(self, name: str = APPLICATION) -> Object | None:
        """
        :raises Unavailable: any error except that it does not exist
        """
        return self._custom(Application, name)

    def project(self, name: str) -> Object | None:
        """
        :raises Unavailable: any error except that it does not exist
        """
        return self._custom(AppProject, name)

    def _custom(self, kind: Any, name: str) -> Object | None:
        try:
            found: Object = dict(self._client.get(kind, name, namespace=self._namespace))
        except ApiError as error:
            if error.status.code == HTTPStatus.NOT_FOUND:
                return None
            raise
        return found

    def secret(self, namespace: str, name: str) -> Keys | None:
        """
        :raises Unavailable: any error except that it does not exist
        """
        try:
            secret = self._client.get(Secret, name, namespace=namespace)
        except ApiError as error:
            if error.status.code == HTTPStatus.NOT_FOUND:
                return None
            raise
        values = {key: base64.b64decode(value).decode(errors="replace") for key, value in (secret.data or {}).items()}
        metadata = secret.metadata
        assert metadata is not None, "every object has it"
        return Keys((str(metadata.uid), str(metadata.resourceVersion)), values)

    def patch_application(self, patch: Object, name: str = APPLICATION) -> None:
        """
        :raises Unavailable: any error except that it was deleted in the meantime
        """
        try:
            # The definition has no status subresource: Argo CD writes the status with the object, too.
            self._client.patch(Application, name, patch, namespace=self._namespace, patch_type=PatchType.MERGE)
        except ApiError as error:
            if error.status.code != HTTPStatus.NOT_FOUND:
                raise

    def watch(self, changed: Callable[[], None]) -> None:
        """Return at once, and call `changed` now and whenever one of the objects may have changed."""
        prepare_decoding(Secret, Deployment, StatefulSet, ReplicaSet, Pod, Pod.Status)
        for resource, where in (
            (Application, {"namespace": self._namespace}),
            (AppProject, {"namespace": self._namespace}),
            (Secret, {"namespace": self._namespace}),
            *((kind, {"namespace": INFISICAL_NAMESPACE}) for kind in (Secret, Deployment, StatefulSet, Pod)),
        ):
            threading.Thread(target=self._watch_for_ever, args=(resource, where, changed), daemon=True).start()

    def _watch_for_ever(self, resource: Any, where: dict[str, Any], changed: Callable[[], None]) -> None:
        pause = threading.Event()
        while True:
            changed()
            try:
                for _ in self._client.watch(resource, **where, server_timeout=WATCH_SECONDS):
                    changed()
            except Unavailable as error:
                log.info("watching %s: %s", resource.__name__, type(error).__name__)
            pause.wait(RETRY_SECONDS)
