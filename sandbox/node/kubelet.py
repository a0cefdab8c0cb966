"""Watches the cluster's pods and takes each pod's next step."""

from __future__ import annotations

import datetime
import logging
import threading
from http import HTTPStatus

import httpx2
from lightkube import ApiError, Client
from lightkube.core.resource import NamespacedSubResource
from lightkube.generic_resource import Generic
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import Node, Pod
from lightkube.types import PatchType

from sandbox.node.pods import Bind, Finish, Object, Tell, next_step
from sandbox.node.registration import NAME, node, status, untainted

RETRY_SECONDS = 0.5
WATCH_SECONDS = 300

log = logging.getLogger("node")


class Binding(NamespacedSubResource, Generic):  # type: ignore[misc]  # as the library's own generic kinds
    """The library's own class expects a Binding in the answer; the API server answers with a Status."""

    _api_info = Pod.Binding._api_info


class Kubelet:
    """
    :param client: of the cluster
    :param port: of its server, which the apiserver asks
    """

    def __init__(self, client: Client, port: int) -> None:
        self._client = client
        self._port = port
        self._finished: set[str] = set()

    def run(self) -> None:
        """Run until the process ends; waits for the API server."""
        pause = threading.Event()
        while True:
            try:
                self._register()
                self._follow()
            except httpx2.HTTPError as error:
                log.info("the API server: %s", type(error).__name__)
            pause.wait(RETRY_SECONDS)

    def _register(self) -> None:
        try:
            self._client.create(node())
        except ApiError as error:
            if error.status.code != HTTPStatus.CONFLICT:
                raise
        self._client.patch(Node, NAME, untainted(), patch_type=PatchType.MERGE)
        self._client.patch(Node.Status, NAME, status(_now(), self._port), patch_type=PatchType.MERGE)

    def _follow(self) -> None:
        """A watch starts with every existing pod."""
        for event, pod in self._client.watch(Pod, namespace="*", server_timeout=WATCH_SECONDS):
            found: Object = pod.to_dict()
            if event == "DELETED":
                self._finished.discard(found["metadata"]["uid"])
            else:
                self._step(found)

    def _step(self, pod: Object) -> None:
        name, namespace, uid = (pod["metadata"][key] for key in ("name", "namespace", "uid"))
        try:
            match next_step(pod, NAME, _now()):
                case Bind():
                    binding = Binding(metadata=ObjectMeta(name=name), target={"kind": "Node", "name": NAME})
                    self._client.create(binding, name, namespace=namespace)
                case Tell(patch):
                    self._client.patch(Pod.Status, name, patch, namespace=namespace)
                # An old event of a deleted pod must not end a new pod with the same name.
                case Finish() if uid not in self._finished:
                    self._finish(name, namespace)
                    self._finished.add(uid)
        except ApiError as error:
            # The pod changed, which causes a new event, or it was deleted.
            if error.status.code not in (HTTPStatus.CONFLICT, HTTPStatus.NOT_FOUND):
                raise

    def _finish(self, name: str, namespace: str) -> None:
        try:
            self._client.delete(Pod, name, namespace=namespace, grace_period=0)
        except ApiError as error:
            if error.status.code != HTTPStatus.NOT_FOUND:
                raise
        log.info("%s/%s is gone", namespace, name)


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
