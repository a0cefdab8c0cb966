"""
The one reader of kubeconfigs: which cluster, and as which user, by the rules of kubectl and of Pulumi's provider.

A kubeconfig is given as a string (YAML or JSON) or as a path. Otherwise it comes from `KUBECONFIG` (several files are
merged, and the first one that sets something wins), from `~/.kube/config`, or from the pod's service account.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tooling.kubernetes.errors import KubeconfigError

SERVICE_ACCOUNT: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount")
DEFAULT_SERVER: Final = "http://localhost:8080"

_FILE_FIELDS: Final = ("certificate-authority", "client-certificate", "client-key", "tokenFile")
_LONGEST_PATH: Final = 4096

Kubeconfig = Mapping[str, Any]
"""The content of a kubeconfig, with absolute paths."""


@dataclass(frozen=True)
class Access:
    """A cluster and a user with a kubeconfig's own fields, and the context's namespace."""

    cluster: Mapping[str, Any]
    user: Mapping[str, Any] = field(repr=False)
    namespace: str = "default"

    @property
    def server(self) -> str:
        return str(self.cluster.get("server") or DEFAULT_SERVER).rstrip("/")


def find_access(given: str = "", context: str = "", cluster: str = "") -> Access:
    """
    The access that a kubeconfig leads to.

    :param given: the kubeconfig's content or path; empty for the ambient one
    :param context: used instead of the current context
    :param cluster: used instead of the context's cluster
    :raises KubeconfigError: there is no kubeconfig, or it cannot be used
    """
    kubeconfig = read_kubeconfig(given) if given else ambient_kubeconfig()
    if kubeconfig is not None:
        return select(kubeconfig, context, cluster)
    if (SERVICE_ACCOUNT / "token").is_file():
        return _service_account()
    message = "no kubeconfig found: neither in the provider's `kubeconfig` nor in KUBECONFIG nor at ~/.kube/config"
    raise KubeconfigError(message)


def read_kubeconfig(given: str) -> Kubeconfig:
    """
    A kubeconfig from its content or its path.

    :raises KubeconfigError: it is neither
    """
    path = Path(given).expanduser() if len(given) < _LONGEST_PATH and "\n" not in given else None
    if path and path.is_file():
        return _read(path)
    # A mistyped path is also YAML, but not a mapping.
    return _parsed(given, "the provider's `kubeconfig`, which is not the path of a file,")


def ambient_kubeconfig() -> Kubeconfig | None:
    """
    The merged files of `KUBECONFIG`, or `~/.kube/config`; None if no such file exists.

    :raises KubeconfigError: a file cannot be used
    """
    named = [Path(path) for path in os.environ.get("KUBECONFIG", "").split(os.pathsep) if path]
    files = [_read(path) for path in named or [Path("~/.kube/config").expanduser()] if path.is_file()]
    if not files:
        return None
    merged: dict[str, Any] = {
        "current-context": next((file["current-context"] for file in files if file.get("current-context")), "")
    }
    for section in ("clusters", "contexts", "users"):
        # The first entry of a name wins: `select` looks no further.
        merged[section] = [entry for file in files for entry in _entries(file, section)]
    return merged


def select(kubeconfig: Kubeconfig, context: str = "", cluster: str = "") -> Access:
    """
    The access of a context, the current one by default, and of a cluster, the context's own by default.

    :raises KubeconfigError: the kubeconfig has no such context, cluster or user
    """
    name = context or kubeconfig.get("current-context") or ""
    if not name:
        message = "the kubeconfig has no current context, and the provider's `context` is not set"
        raise KubeconfigError(message)
    chosen = _entry(kubeconfig, "context", str(name))
    user = chosen.get("user") or ""
    return Access(
        cluster=_entry(kubeconfig, "cluster", cluster or chosen.get("cluster") or ""),
        user=_entry(kubeconfig, "user", user) if user else {},
        namespace=chosen.get("namespace") or "default",
    )


def _read(path: Path) -> Kubeconfig:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        message = f"{path} cannot be read ({type(error).__name__})"
        raise KubeconfigError(message) from error
    kubeconfig = _parsed(text, str(path))
    for section, of in (("clusters", "cluster"), ("users", "user")):
        for entry in _entries(kubeconfig, section):
            _make_absolute(entry.get(of) or {}, path.parent)
    return kubeconfig


def _parsed(text: str, where: str) -> Kubeconfig:
    try:
        parsed = json.loads(text)
    except ValueError:
        parsed = _parsed_yaml(text)
    if not isinstance(parsed, dict):
        message = f"{where} is not YAML or JSON with clusters, contexts and users"
        raise KubeconfigError(message)
    return parsed


def _parsed_yaml(text: str) -> Any:
    # Slow to load, and a kubeconfig in JSON does not need it.
    import yaml

    try:
        return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError:
        # The parser's message quotes the text.
        return None


def _make_absolute(fields: dict[str, Any], folder: Path) -> None:
    """Paths in a kubeconfig are relative to its folder."""
    for key in _FILE_FIELDS:
        if fields.get(key):
            fields[key] = str(folder / fields[key])
    plugin = fields.get("exec") or {}
    if str(plugin.get("command", "")).startswith("."):
        plugin["command"] = str(folder / plugin["command"])


def _entries(kubeconfig: Kubeconfig, section: str) -> list[dict[str, Any]]:
    return kubeconfig.get(section) or []


def _entry(kubeconfig: Kubeconfig, kind: str, name: str) -> Mapping[str, Any]:
    entries = _entries(kubeconfig, f"{kind}s")
    for entry in entries:
        if entry.get("name") == name:
            found: Mapping[str, Any] = entry.get(kind) or {}
            return found
    known = ", ".join(sorted({repr(entry.get("name")) for entry in entries})) or "none"
    message = f"the kubeconfig has no {kind} {name!r}; found: {known}"
    raise KubeconfigError(message)


def _service_account() -> Access:
    host, port = os.environ.get("KUBERNETES_SERVICE_HOST", ""), os.environ.get("KUBERNETES_SERVICE_PORT", "")
    if not (host and port):
        message = "this pod has a service account, but KUBERNETES_SERVICE_HOST or KUBERNETES_SERVICE_PORT is not set"
        raise KubeconfigError(message)
    address = f"[{host}]" if ":" in host else host
    namespace = SERVICE_ACCOUNT / "namespace"
    return Access(
        cluster={"server": f"https://{address}:{port}", "certificate-authority": str(SERVICE_ACCOUNT / "ca.crt")},
        user={"tokenFile": str(SERVICE_ACCOUNT / "token")},
        namespace=(namespace.read_text(encoding="utf-8").strip() if namespace.is_file() else "") or "default",
    )
