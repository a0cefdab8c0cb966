"""Reads everything once: the cluster, Infisical and the stack at the same time."""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from declaration import AppSecret, Homelab
from infisical.api.http.server import Server
from infisical.delivery.hashes import ValueHasher
from infisical.delivery.observation import held_keys
from operations.doctor.facts import Cluster, Facts, Held, Infisical, Login, Unread
from operations.doctor.reading.cluster import read_cluster, read_own_secrets
from operations.doctor.reading.infisical import read_as_operator, read_public
from operations.doctor.reading.stack import read_rotations
from operations.doctor.reading.values import hide_values, public_words
from operations.doctor.steps.login import login_secret
from tooling.kubernetes.connection import Connection
from tooling.kubernetes.errors import KubernetesError
from tooling.kubernetes.kubeconfig import find_access


@dataclass
class RefusedLogin:
    """
    The last login that Infisical refused, for a doctor that watches: the server locks an identity after three.

    :param version: of the Secret with the credentials
    """

    version: str = ""
    login: Login | None = None


@dataclass(frozen=True)
class Asked:
    """
    :param secrets: of the apps that are meant
    :param kubeconfig: its content or path; empty for the ambient one
    :param context: empty for the kubeconfig's current one
    :param project: the folder with `Pulumi.yaml`
    """

    homelab: Homelab[None]
    secrets: Sequence[AppSecret]
    kubeconfig: str
    context: str
    project: Path
    stack: str


async def observe(asked: Asked, refused: RefusedLogin) -> Facts:
    homelab = asked.homelab
    managed = homelab.infisical.managed
    server = Server(
        managed.api_url if managed else homelab.infisical.url, ca_bundle=managed.ca_bundle if managed else ""
    )
    rotations = asyncio.create_task(asyncio.to_thread(read_rotations, asked.project, asked.stack))
    try:
        connection = _connected(asked)
        try:
            public, version = await asyncio.gather(read_public(server), _version(connection))
            if isinstance(version, Unread) or isinstance(connection, Unread):
                assert isinstance(version, Unread)
                return _facts(asked, version, public, await rotations)
            own = await read_own_secrets(connection, homelab)
            cluster, infisical = await asyncio.gather(
                read_cluster(connection, homelab, asked.secrets, own, version),
                _logged_in(asked, server, public, own, refused),
            )
        finally:
            if isinstance(connection, Connection):
                await connection.close()
    finally:
        await server.close()
        found_rotations = await rotations
    return _facts(asked, cluster, infisical, found_rotations)


def _connected(asked: Asked) -> Connection | Unread:
    try:
        return Connection(find_access(asked.kubeconfig, asked.context))
    except KubernetesError as error:
        return Unread.because(error)


async def _version(connection: Connection | Unread) -> str | Unread:
    if isinstance(connection, Unread):
        return connection
    try:
        return str((await connection.get("/version") or {}).get("gitVersion") or "unknown version")
    except KubernetesError as error:
        return Unread.because(error)


async def _logged_in(
    asked: Asked,
    server: Server,
    public: Infisical,
    own: Mapping[str, Held | Unread | None],
    refused: RefusedLogin,
) -> Infisical:
    held = own.get(login_secret(asked.homelab))
    if public.silent or public.certificate.refused or not isinstance(held, Held):
        return public
    if not all(held.values.get(key) for key in ("clientId", "clientSecret")):
        return public
    if refused.login and refused.version == held.resource_version:
        return replace(public, login=refused.login)
    found = await read_as_operator(public, server, held.values, asked.homelab, asked.secrets)
    is_wrong = found.login is not None and found.login.status in (400, 401, 403) and "locked" not in found.login.reason
    refused.version, refused.login = (held.resource_version, found.login) if is_wrong else ("", None)
    return found


def _facts(
    asked: Asked, cluster: Cluster | Unread, infisical: Infisical, rotations: Mapping[str, str] | Unread
) -> Facts:
    hasher = ValueHasher(public_words(asked.homelab))
    hashes = {}
    if isinstance(cluster, Cluster):
        hide_values(hasher, cluster, infisical)
        objects = {} if isinstance(cluster.secrets, Unread) else cluster.secrets
        hashes = {
            secret.external_secret_place: held_keys(objects.get(secret.place), hasher) for secret in asked.secrets
        }
    return Facts(cluster, infisical, rotations, datetime.datetime.now(datetime.UTC), hasher, hashes)
