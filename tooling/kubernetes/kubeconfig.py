"""
Which cluster, and as whom: the same that Pulumi's Kubernetes provider would take.

A kubeconfig is given as text or as a path, else it is found through `KUBECONFIG` (several files, the first word on
anything wins), `~/.kube/config`, or the pod's service account.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from tooling.kubernetes.errors import ClusterUnreachable

SERVICE_ACCOUNT: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_FILES: Final = ("certificate-authority", "client-certificate", "client-key", "tokenFile")
_LONGEST_PATH: Final = 4096


@dataclass(frozen=True)
class Access:
    """A cluster and a user in a kubeconfig's own words, with absolute paths."""

    cluster: Mapping[str, Any]
    user: Mapping[str, Any] = field(repr=False)

    @property
    def server(self) -> str:
        return str(self.cluster.get("server") or "http://localhost:8080").rstrip("/")


def find_access(given: str = "", context: str = "") -> Access:
    """
    The access that a kubeconfig (its text or path, the ambient one where it is empty) and a context lead to.

    :raises ClusterUnreachable: they lead nowhere
    """
    files = [_given(given)] if given else list(_ambient())
    if not files:
        if not given and (SERVICE_ACCOUNT / "token").is_file():
            return _service_account()
        raise _unusable("there is none: neither in the provider's `kubeconfig` nor in KUBECONFIG nor in ~/.kube/config")
    name = context or next((str(file["current-context"]) for file in files if file.get("current-context")), "")
    if not name:
        raise _unusable("it has no current context, and the provider's `context` names none")
    chosen = _entry(files, "context", name)
    user = chosen.get("user") or ""
    return Access(_entry(files, "cluster", chosen.get("cluster") or ""), _entry(files, "user", user) if user else {})


def _given(given: str) -> dict[str, Any]:
    path = Path(given).expanduser() if len(given) < _LONGEST_PATH and "\n" not in given else None
    if path and path.is_file():
        return _read(path)
    # A path that is mistyped is YAML, too, but no mapping.
    return _parsed(given, "the provider's `kubeconfig`, which is not the path of a file,")


def _ambient() -> Iterator[dict[str, Any]]:
    named = [Path(path) for path in os.environ.get("KUBECONFIG", "").split(os.pathsep) if path]
    for path in named or [Path("~/.kube/config").expanduser()]:
        if path.is_file():
            yield _read(path)


def _read(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        seen = f"{path} cannot be read ({type(error).__name__})"
        raise _unusable(seen) from error
    config = _parsed(text, str(path))
    for section, of in (("clusters", "cluster"), ("users", "user")):
        for entry in config.get(section) or []:
            _make_absolute(entry.get(of) or {}, path.parent)
    return config


def _parsed(text: str, where: str) -> dict[str, Any]:
    try:
        parsed = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError:
        # The parser's own words quote the text.
        parsed = None
    if not isinstance(parsed, dict):
        seen = f"{where} is not YAML or JSON with clusters, contexts and users"
        raise _unusable(seen)
    return parsed


def _make_absolute(words: dict[str, Any], folder: Path) -> None:
    """Paths in a kubeconfig are relative to it."""
    for key in _FILES:
        if words.get(key):
            words[key] = str(folder / words[key])
    plugin = words.get("exec") or {}
    if str(plugin.get("command", "")).startswith("."):
        plugin["command"] = str(folder / plugin["command"])


def _entry(files: list[dict[str, Any]], kind: str, name: str) -> Mapping[str, Any]:
    entries = [entry for file in files for entry in file.get(f"{kind}s") or []]
    for entry in entries:
        if entry.get("name") == name:
            found: Mapping[str, Any] = entry.get(kind) or {}
            return found
    known = ", ".join(sorted(repr(entry.get("name")) for entry in entries)) or "none"
    seen = f"it has no {kind} {name!r}; it has: {known}"
    raise _unusable(seen)


def _service_account() -> Access:
    host, port = os.environ.get("KUBERNETES_SERVICE_HOST", ""), os.environ.get("KUBERNETES_SERVICE_PORT", "")
    if not (host and port):
        raise _unusable("this pod's service account has no KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT")
    address = f"[{host}]" if ":" in host else host
    authority = str(SERVICE_ACCOUNT / "ca.crt")
    return Access(
        {"server": f"https://{address}:{port}", "certificate-authority": authority},
        {"tokenFile": str(SERVICE_ACCOUNT / "token")},
    )


def _unusable(seen: str) -> ClusterUnreachable:
    return ClusterUnreachable(
        f"no Kubernetes cluster can be reached through the kubeconfig: {seen}. Set the infisical provider's "
        "`kubeconfig` (its text or path) and `context`, or KUBECONFIG, as for Pulumi's Kubernetes provider; "
        "`kubectl config view` shows what it holds. Then run the command again.",
        passing=False,
    )
