"""Valid declarations of apps, as decoded from the stack file: every shape that the documentation allows."""

from __future__ import annotations

import copy
import functools
import string
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.declaration import names

RESERVED = ("infisical", "argocd", "external-secrets", "default", "kube-system", "kube-public", "kube-node-lease")
TAKEN = (
    ("infisical", "infisical-secrets"),
    ("argocd", "infisical-helm-secrets"),
    ("argocd", "repo-homelab"),
    ("argocd", "argocd-secret"),
    ("external-secrets", "infisical-machine-identity"),
)
SIZES = {
    "hex": (8, 64),
    "base64": (16, 64),
    "base64url": (16, 64),
    "password": (16, 128),
    "uuid": (16, 16),
    "fernet": (32, 32),
    "ed25519": (32, 32),
    "rsa": (2048, 4096),
    "hashedPassword": (16, 72),
}

PREPARED = 60

Apps = dict[str, dict[str, Any]]

_LETTERS = string.ascii_letters + "_"
REMOTE_KEYS = st.tuples(st.sampled_from(_LETTERS), st.text(_LETTERS + string.digits + "-.", max_size=12)).map(
    "".join
) | st.just("K" * 100)

WORKLOADS = st.tuples(st.sampled_from(["deployment", "statefulset", "daemonset"]), names.SUBDOMAINS).map("/".join)


@st.composite
def sources(draw: st.DrawFn) -> dict[str, Any]:
    """What every app that reads one remote key has to declare alike."""
    source = draw(st.sampled_from(["generate", "generate", "config", "manual"]))
    declared: dict[str, Any] = {"source": source}
    if source == "generate":
        declared["kind"] = draw(st.sampled_from(sorted(SIZES)))
        smallest, largest = SIZES[declared["kind"]]
        rsa = st.sampled_from([2048, 3072, 4096])
        declared["size"] = draw(rsa if declared["kind"] == "rsa" else st.integers(smallest, largest))
    if draw(st.booleans()):
        declared["immutable"] = draw(st.booleans())
    if source != "manual" and not declared.get("immutable"):
        if draw(st.booleans()):
            declared["changeCommand"] = draw(st.text(min_size=1, max_size=20))
        if draw(st.booleans()):
            declared["rotateEveryDays"] = draw(st.integers(1, 3650))
    return declared


@st.composite
def _app(draw: st.DrawFn, pool: dict[str, dict[str, Any]], namespaces: list[str]) -> dict[str, Any]:
    app: dict[str, Any] = {"namespace": draw(st.sampled_from(namespaces))}
    remote = draw(st.lists(st.sampled_from(sorted(pool)), min_size=1, max_size=3, unique=True))
    # A key of the Secret is written once: by a remote key under its own or another name, or by a literal.
    taken = set(remote)
    others = [key for key in draw(st.lists(names.DATA_KEYS, max_size=5, unique=True)) if key not in taken]
    app["keys"] = {}
    for key in remote:
        app["keys"][key] = dict(pool[key])
        if bool(others) and draw(st.booleans()):
            secret_keys = [others.pop() for _ in range(draw(st.integers(1, min(2, len(others)))))]
            app["keys"][key]["secretKeys"] = secret_keys + ([key] if draw(st.booleans()) else [])
    if draw(st.booleans()):
        app["literals"] = {key: draw(st.text(max_size=20)) for key in others}
    if draw(st.booleans()):
        app["labels"] = draw(st.dictionaries(names.LABEL_KEYS, names.LABEL_VALUES, max_size=2))
    if draw(st.booleans()):
        app["restarts"] = draw(st.lists(WORKLOADS, min_size=1, max_size=2, unique=True))
    return app


@st.composite
def declarations(draw: st.DrawFn, *, least: int = 1, most: int = 4) -> Apps:
    """The mapping `homelab:apps`. A draw takes 0.1 s: prefer `prepared`."""
    pool = draw(st.dictionaries(REMOTE_KEYS, sources(), min_size=1, max_size=6))
    namespaces = draw(st.lists(names.LABELS, min_size=1, max_size=3, unique=True))
    # A default name must not be one that another app was given: `-secret` stays out of the given ones.
    given = names.SUBDOMAINS.filter(lambda name: not name.endswith("-secret"))
    secrets = draw(st.lists(given, min_size=most, max_size=most, unique=True))
    owned: set[str] = set()
    apps: Apps = {}
    for name in draw(st.lists(names.LABELS, min_size=least, max_size=most, unique=True)):
        app = draw(_app(pool, namespaces))
        namespace = app["namespace"]
        secret = secrets.pop()
        if draw(st.booleans()):
            app["secretName"] = secret
        if (namespace, app.get("secretName", f"{name}-secret")) in TAKEN:
            app["secretName"] = "not-taken"
        if namespace not in owned and namespace not in RESERVED and draw(st.booleans()):
            app["createNamespace"] = True
            owned.add(namespace)
        elif draw(st.booleans()):
            app["createNamespace"] = False
        apps[name] = app
    return apps


@functools.cache
def prepare() -> tuple[Apps, ...]:
    """
    Valid declarations of every shape, drawn once by each process.

    The first call must be outside of a property, because Hypothesis does not nest properties.
    """
    found: list[Apps] = []

    @settings(max_examples=PREPARED)
    @given(declarations())
    def collect(apps: Apps) -> None:
        found.append(copy.deepcopy(apps))

    collect()
    return tuple(found)


def prepared(*, least: int = 1) -> st.SearchStrategy[Apps]:
    """
    One of the prepared declarations, to be changed.

    :param least: the smallest number of apps
    """
    numbers = st.integers(0, PREPARED - 1).map(lambda number: prepare()[number])
    return numbers.filter(lambda apps: len(apps) >= least).map(copy.deepcopy)


def with_defaults(apps: Apps) -> Apps:
    """The same declaration with every field written out."""
    return {
        name: {
            "createNamespace": False,
            "secretName": f"{name}-secret",
            "labels": {},
            "literals": {},
            "restarts": [],
            **app,
            "keys": {
                key: {"immutable": False, "secretKeys": [key], "changeCommand": "", "rotateEveryDays": None, **fields}
                for key, fields in app["keys"].items()
            },
        }
        for name, app in apps.items()
    }
