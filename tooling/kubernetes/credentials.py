"""
TLS and the user's credentials for one API server.

lightkube reads them: certificates, tokens and exec plugins.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx2
import msgspec
from lightkube.config import client_adapter
from lightkube.config.kubeconfig import SingleConfig
from lightkube.config.models import Cluster, Context, User
from lightkube.core.exceptions import ConfigError

from tooling.kubernetes.kubeconfig import Access

EXEC_FAILURES: Final = (ConfigError, OSError, KeyError, ValueError)
"""What a request raises if the exec plugin or the token file of the user fails. Not `httpx2.TransportError`."""

_EXEC_VERSION: Final = "client.authentication.k8s.io/v1beta1"


class CredentialsUnusable(Exception):
    """The message says why, without quoting them."""


@dataclass(frozen=True)
class Credentials:
    """Options of an HTTP client, and the `extensions` of each of its requests."""

    tls: ssl.SSLContext | bool
    auth: httpx2.Auth | None
    proxy: str | None
    extensions: dict[str, Any] | None


def prepare(access: Access) -> Credentials:
    """:raises CredentialsUnusable: a certificate, key or token cannot be read or is invalid"""
    try:
        user = msgspec.convert(_user(access.user), User)
        cluster = msgspec.convert(dict(access.cluster), Cluster)
        config = SingleConfig("provider", Context(cluster="provider"), cluster, user)
        tls = client_adapter.verify_cluster(config.cluster, user, config.abs_file)
        auth = client_adapter.user_auth(user)
    except (ConfigError, OSError, ValueError, msgspec.ValidationError) as error:
        raise CredentialsUnusable(_cause(error)) from error
    name = access.cluster.get("tls-server-name")
    return Credentials(tls, auth, access.cluster.get("proxy-url"), {"sni_hostname": name} if name else None)


def exec_failure(error: Exception) -> str:
    """What failed. An exec plugin prints credentials, so its output is not quoted."""
    if isinstance(error, (KeyError, ValueError)):
        return "its exec plugin printed no token"
    return f"its exec plugin or token file failed with {type(error).__name__}"


def _cause(error: Exception) -> str:
    if isinstance(error, OSError) and not isinstance(error, ssl.SSLError):
        return f"cannot read {error.filename or 'a certificate or key'} ({error.strerror})"
    return f"a certificate, key or token is invalid ({type(error).__name__})"


def _user(fields: Mapping[str, Any]) -> dict[str, Any]:
    user = dict(fields)
    if plugin := user.get("exec"):
        # lightkube knows the newest protocol version only under its older name, and does not announce it.
        version = {"apiVersion": plugin.get("apiVersion"), "kind": "ExecCredential", "spec": {"interactive": False}}
        announced = {"name": "KUBERNETES_EXEC_INFO", "value": json.dumps(version)}
        user["exec"] = {**plugin, "apiVersion": _EXEC_VERSION, "env": [*(plugin.get("env") or []), announced]}
    return user
