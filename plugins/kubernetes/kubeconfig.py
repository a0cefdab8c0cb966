"""
Which cluster, and as whom: kubeconfigs as kubectl reads them.

A kubeconfig is given as text (YAML or JSON) or a path, else it is found through `KUBECONFIG`
(several files, the first word on anything wins), `~/.kube/config`, or the pod's service account.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from plugins.protocol.errors import ProviderError

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")

FILE_FIELDS = ("certificate-authority", "client-certificate", "client-key", "tokenFile")


class KubeconfigError(ProviderError):
    """A kubeconfig cannot be used: the message says which part of it. It never quotes the contents."""


@dataclass(frozen=True)
class Access:
    """A cluster and a user, as the kubeconfig has them, with absolute paths."""

    cluster: Mapping[str, Any]
    user: Mapping[str, Any] = field(repr=False)
    namespace: str = "default"

    @property
    def server(self) -> str:
        return str(self.cluster.get("server", "http://localhost:8080"))


def find_access(given: str, context: str, cluster: str) -> Access:
    """
    The access that the configuration leads to.

    :param given: the kubeconfig or its path, or "" for the ambient one
    :param context: the context to use instead of the current one, or ""
    :param cluster: the cluster to use instead of the context's, or ""
    :raises KubeconfigError: where it leads nowhere
    """
    kubeconfig = read_kubeconfig(given) if given else _ambient()
    if not kubeconfig:
        if not given and (SERVICE_ACCOUNT / "token").is_file():
            return _service_account()
        message = (
            "invalid configuration: no configuration has been provided: "
            "set the provider's kubeconfig or KUBECONFIG, or put one at ~/.kube/config"
        )
        raise KubeconfigError(message)
    return select(kubeconfig, context, cluster)


def read_kubeconfig(given: str) -> dict[str, Any]:
    """A kubeconfig from its text or its path."""
    path = Path(given).expanduser() if len(given) < 4096 and "\n" not in given else None
    if path is not None and path.is_file():
        return _absolute(_parse(path.read_text(encoding="utf-8"), str(path)), path.parent)
    return _parse(given, "the provider's kubeconfig")


def _parse(text: str, where: str) -> dict[str, Any]:
    try:
        parsed = json.loads(text)
    except ValueError:
        parsed = _parse_yaml(text, where)
    if not isinstance(parsed, dict):
        message = (
            f"{where} is no kubeconfig: expected a mapping with clusters, contexts and users, "
            "or the path of an existing file"
        )
        raise KubeconfigError(message)
    return parsed


def _parse_yaml(text: str, where: str) -> Any:
    import yaml  # not needed for a kubeconfig in JSON

    try:
        return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f", line {mark.line + 1}" if mark else ""
        message = f"{where} is no kubeconfig: it is neither YAML nor JSON{place}"
        raise KubeconfigError(message) from None


def _ambient() -> dict[str, Any]:
    listed = os.environ.get("KUBECONFIG", "")
    paths = [Path(path) for path in listed.split(os.pathsep) if path] or [Path.home() / ".kube" / "config"]
    merged: dict[str, Any] = {}
    for path in paths:
        if not path.is_file():
            continue
        config = _absolute(_parse(path.read_text(encoding="utf-8"), str(path)), path.parent)
        merged.setdefault("current-context", "")
        merged["current-context"] = merged["current-context"] or config.get("current-context") or ""
        for section in ("clusters", "contexts", "users"):
            known = merged.setdefault(section, [])
            names = {entry["name"] for entry in known}
            known += [entry for entry in config.get(section) or [] if entry.get("name") not in names]
    return merged


def _absolute(config: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Paths in a kubeconfig are relative to it."""
    for section, of in (("clusters", "cluster"), ("users", "user")):
        for entry in config.get(section) or []:
            for key in FILE_FIELDS:
                if path := (entry.get(of) or {}).get(key):
                    entry[of][key] = str(folder / path)
            command = ((entry.get(of) or {}).get("exec") or {}).get("command", "")
            if command.startswith("."):
                entry[of]["exec"]["command"] = str(folder / command)
    return config


def select(kubeconfig: Mapping[str, Any], context: str = "", cluster: str = "") -> Access:
    """The access of a context (the current one unless named), maybe with another cluster."""
    name = context or kubeconfig.get("current-context") or ""
    if not name:
        message = (
            "invalid configuration: no current context is set: "
            "set current-context in the kubeconfig or the provider's context"
        )
        raise KubeconfigError(message)
    chosen = _entry(kubeconfig, "contexts", "context", name)
    user = chosen.get("user") or ""
    return Access(
        cluster=_entry(kubeconfig, "clusters", "cluster", cluster or chosen.get("cluster") or ""),
        user=_entry(kubeconfig, "users", "user", user) if user else {},
        namespace=chosen.get("namespace") or "default",
    )


def active_cluster(kubeconfig: Mapping[str, Any], context: str, cluster: str) -> Mapping[str, Any] | None:
    """The cluster that a kubeconfig leads to, or None where it leads to none."""
    try:
        return select(kubeconfig, context, cluster).cluster
    except KubeconfigError:
        return None


def _entry(kubeconfig: Mapping[str, Any], section: str, of: str, name: str) -> dict[str, Any]:
    for entry in kubeconfig.get(section) or []:
        if entry.get("name") == name:
            return dict(entry.get(of) or {})
    known = ", ".join(sorted(str(entry.get("name")) for entry in kubeconfig.get(section) or [])) or "none"
    message = f'{of} "{name}" does not exist in the kubeconfig (it has: {known})'
    raise KubeconfigError(message)


def _service_account() -> Access:
    host, port = os.environ.get("KUBERNETES_SERVICE_HOST", ""), os.environ.get("KUBERNETES_SERVICE_PORT", "")
    if not host or not port:
        message = (
            "invalid configuration: this pod has a service account, but KUBERNETES_SERVICE_HOST and …_PORT are not set"
        )
        raise KubeconfigError(message)
    address = f"[{host}]" if ":" in host else host
    return Access(
        cluster={"server": f"https://{address}:{port}", "certificate-authority": str(SERVICE_ACCOUNT / "ca.crt")},
        user={"tokenFile": str(SERVICE_ACCOUNT / "token")},
        namespace=(SERVICE_ACCOUNT / "namespace").read_text(encoding="utf-8").strip() or "default",
    )
