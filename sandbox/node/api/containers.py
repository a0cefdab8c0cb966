"""The environment and the log of a container."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx2
from lightkube import ApiError, Client
from lightkube.resources.core_v1 import Pod, Secret

from sandbox.node.runs import Runs

Object = dict[str, Any]

_SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class CannotRun(Exception):
    """No command runs in the container. The message says why."""


class Containers:
    """
    :param client: of the cluster
    :param running: by `NAMESPACE/CONTAINER`
    """

    def __init__(self, client: Client, running: Mapping[str, Runs]) -> None:
        self._client = client
        self._running = running

    def environment(self, namespace: str, pod: str, container: str) -> dict[str, str]:
        """
        Return the variables of a command in the container.

        :raises CannotRun: nothing runs in it, or a Secret that it names does not exist
        """
        runs = self._running.get(f"{namespace}/{container}", Runs())
        if runs.programs is None:
            message = f'container "{container}" of pod "{pod}" runs nothing: the node of the sandbox is a fake'
            raise CannotRun(message)
        own = {"HOSTNAME": pod, "HOME": "/", "LANG": "C.UTF-8", "PATH": f"{runs.programs}:{_SYSTEM_PATH}"}
        try:
            found = self._variables(namespace, self._container(namespace, pod, container))
        except httpx2.HTTPError as error:
            message = f'the environment of container "{container}" of pod "{pod}" cannot be read: {error}'
            raise CannotRun(message) from error
        return {**found, **own, **runs.variables}

    def log(self, namespace: str, container: str) -> Path | None:
        """None if nothing runs in it."""
        return self._running.get(f"{namespace}/{container}", Runs()).log

    def _container(self, namespace: str, pod: str, container: str) -> Object:
        spec: Object = self._client.get(Pod, pod, namespace=namespace).to_dict()["spec"]
        every = [*spec["containers"], *(spec.get("initContainers") or [])]
        return next(each for each in every if each["name"] == container)

    def _variables(self, namespace: str, container: Object) -> dict[str, str]:
        found: dict[str, str] = {}
        for source in container.get("envFrom") or []:
            if reference := source.get("secretRef"):
                found |= self._secret(namespace, reference)
        for variable in container.get("env") or []:
            reference = (variable.get("valueFrom") or {}).get("secretKeyRef")
            if reference is None:
                found[variable["name"]] = variable.get("value", "")
            elif reference["key"] in (values := self._secret(namespace, reference)):
                found[variable["name"]] = values[reference["key"]]
            elif not reference.get("optional"):
                message = f"couldn't find key {reference['key']} in Secret {namespace}/{reference['name']}"
                raise CannotRun(message)
        return found

    def _secret(self, namespace: str, reference: Object) -> dict[str, str]:
        try:
            secret = self._client.get(Secret, reference["name"], namespace=namespace)
        except ApiError as error:
            if error.status.code == HTTPStatus.NOT_FOUND and reference.get("optional"):
                return {}
            raise
        return {key: base64.b64decode(value).decode() for key, value in (secret.data or {}).items()}
