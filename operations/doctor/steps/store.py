"""The External Secrets Operator, and the ClusterSecretStore through which it reads Infisical."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from declaration.cluster.operator_release import lacking
from declaration.objects import ESO_NAMESPACE, store_of_folder
from infisical.delivery.operator import Store, store_of, store_path
from operations.doctor.facts import Object, Unread
from operations.doctor.findings import Finding, Outcome
from operations.doctor.steps.pods import is_well, state_of
from operations.doctor.steps.scope import DRIFT, REFRESH, Scope

KIND: Final = "ClusterSecretStore"
_UNREACHABLE: Final = re.compile(
    r"connection refused|no such host|i/o timeout|deadline exceeded|no route to host|connection reset|EOF",
    re.IGNORECASE,
)
_UNTRUSTED: Final = re.compile(r"x509|certificate", re.IGNORECASE)
_LOGIN: Final = re.compile(r"\b401\b|unauthorized|invalid credentials", re.IGNORECASE)


def check_operator(scope: Scope) -> Outcome:
    served = scope.cluster.operator
    if isinstance(served, Unread):
        return Outcome.not_checked(served.reason)
    return Outcome.of(_of_operator(scope, installed=served), "installed, with every field that is used")


def _of_operator(scope: Scope, *, installed: bool) -> Iterator[Finding]:
    if not installed:
        yield Finding(
            "no-operator",
            "The External Secrets Operator is not installed",
            "install it, release v0.20 or later: https://external-secrets.io/latest/introduction/getting-started/",
            found="no API external-secrets.io/v1",
            expected="its custom resource definitions",
        )
    pods = scope.cluster.operator_pods
    if pods and not isinstance(pods, Unread) and not any(map(is_well, pods)):
        yield Finding(
            "operator-not-running",
            "The External Secrets Operator does not run",
            f"`kubectl -n {ESO_NAMESPACE} describe pods -l app.kubernetes.io/name=external-secrets` shows why",
            tuple(f"Pod {ESO_NAMESPACE}/{pod['metadata']['name']}" for pod in pods),
            "; ".join(sorted({state_of(pod) for pod in pods})),
            "a ready pod: without one, no Secret follows its value",
        )
    for each in lacking(scope.cluster.lacking, scope.homelab.delivered_secrets):
        what = "The installed operator is too old for a field of the declaration"
        yield Finding("operator-too-old", what, each.fix, (each.path,), each.found, each.expected)


def store_names(scope: Scope) -> dict[str, str]:
    """By name of each of this program's stores, the folder that it lists."""
    homelab = scope.homelab
    folders = {store_of_folder(homelab.store.name, path): path for path in homelab.whole_folders}
    return {homelab.store.name: homelab.store_path, **folders}


def check_store(scope: Scope) -> Outcome:
    stores = scope.cluster.stores
    if isinstance(stores, Unread):
        return Outcome.not_checked(stores.reason)
    names = store_names(scope)
    findings = [each for name, path in names.items() for each in _of(scope, name, path, stores.get(name))]
    return Outcome.of(findings, f"{', '.join(names)}: Ready")


def _of(scope: Scope, name: str, path: str, found: Object | None) -> Iterator[Finding]:
    where = (f"{KIND} {name}",)
    if found is None:
        yield Finding("store-missing", "The store does not exist", REFRESH, where)
        return
    store = store_of(KIND, name, store_path("", KIND, name), found)
    if differences := [*_differences(scope, path, found)]:
        fields, expected = zip(*differences, strict=True)
        # That it is not Ready may come from the difference. If it does not, the next examination says so.
        said = [] if store.ready.good else [str(store.ready), *_newest(scope, name)]
        what = "The store is not as declared"
        yield Finding("store-differs", what, DRIFT, where, "\n".join((*fields, *said)), "\n".join(expected))
    elif not store.ready.good:
        yield _not_ready(scope, store)


def _differences(scope: Scope, path: str, found: Object) -> Iterator[tuple[str, str]]:
    declared = scope.homelab.store
    given = _mapping(_mapping(_mapping(found.get("spec")).get("provider")).get("infisical"))
    held = _mapping(given.get("secretsScope"))
    for field, there, wanted in (
        ("hostAPI", given.get("hostAPI"), declared.host_api),
        ("projectSlug", held.get("projectSlug"), declared.project_slug),
        ("environmentSlug", held.get("environmentSlug"), declared.environment_slug),
        ("secretsPath", held.get("secretsPath"), path),
    ):
        if there != wanted:
            yield f"{field}: {there}", f"{field}: {wanted}"


def _not_ready(scope: Scope, store: Store) -> Finding:
    where = (f"{KIND} {store.name}",)
    if not store.ready.status:
        return Finding(
            "store-unseen",
            "The operator has not checked the store",
            f"`kubectl -n {ESO_NAMESPACE} get pods` shows whether the operator runs",
            where,
            str(store.ready),
            "Ready=True",
        )
    newest = _newest(scope, store.name)
    id_, what, fix = _cause(scope, store.name, "".join(newest))
    blocked = [each.what for each in scope.cluster.obstacles] if id_ == "store-unreachable" else []
    return Finding(id_, what, fix, where, "\n".join((str(store.ready), *newest, *blocked)), "Ready=True")


def _newest(scope: Scope, name: str) -> Sequence[str]:
    """The newest warning about a store: an older one may be about a problem that is solved."""
    return scope.cluster.warnings.get((KIND, name), ())[:1]


def _cause(scope: Scope, name: str, said: str) -> tuple[str, str, str]:
    host = scope.homelab.store.host_api
    answers = ", although it answers this machine" if not scope.infisical.silent else ""
    if _UNREACHABLE.search(said):
        return (
            "store-unreachable",
            f"The operator cannot reach Infisical{answers}",
            _clear_the_way(scope, host),
        )
    if _UNTRUSTED.search(said):
        return (
            "store-certificate",
            "The operator does not trust Infisical's certificate",
            "set `caBundle` in homelab:store to the certificate of the CA that issued it, then run `pulumi up`",
        )
    if scope.infisical.login and scope.infisical.login.accepted:
        return (
            "store-stale",
            "The store is not Ready, although its login works from this machine",
            f"`kubectl annotate clustersecretstore {name} force-sync=$(date +%s) --overwrite` makes the operator check "
            "it again",
        )
    if _LOGIN.search(said):
        return "store-login", "Infisical refuses the operator's login", "run `pulumi up`"
    return "store-not-ready", "The store is not Ready", f"`kubectl describe clustersecretstore {name}` shows the events"


def _clear_the_way(scope: Scope, host: str) -> str:
    if found := scope.cluster.obstacles:
        return found[0].fix
    return f"check the address {host}, and what is in the way: `kubectl get services,endpoints,networkpolicies -A`"


def _mapping(found: Any) -> dict[str, Any]:
    return found if isinstance(found, dict) else {}
