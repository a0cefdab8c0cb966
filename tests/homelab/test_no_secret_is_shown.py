"""No secret value stands in clear in an output, a log, the state, a preview or a process argument."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psutil
import pytest

from tests.homelab.deployment import Homelab

CANARIES = {
    "infisicalEncryptionKey": "c0ffee00c0ffee11c0ffee22c0ffee33",
    "infisicalAuthSecret": base64.b64encode(b"canary of thirty-two bytes, made").decode(),
    "infisicalPostgresPassword": "canary-postgres-password-0001",
    "infisicalRedisPassword": "canary-redis-password-00000002",
    "infisicalMachineIdentityClientId": "canary-client-id-3",
    "infisicalMachineIdentityClientSecret": "canary-client-secret-4",
    "argocdOidcClientSecret": "canary-oidc-client-secret-5",
    "argocdRepoSshPrivateKey": "-----BEGIN KEY-----\ncanary-line-of-a-private-key-6\n-----END KEY-----",
}
CHANGED = {
    **CANARIES,
    "infisicalMachineIdentityClientSecret": "canary-client-secret-7",
    "argocdOidcClientSecret": "canary-oidc-8",
}
del CHANGED["infisicalEncryptionKey"]


@contextmanager
def arguments_watched() -> Iterator[set[str]]:
    """The command lines of all processes that this one and its children start."""
    seen: set[str] = set()
    done = threading.Event()

    def watch() -> None:
        me = psutil.Process()
        while not done.wait(0.02):
            for process in me.children(recursive=True):
                try:
                    seen.add(" ".join(process.cmdline()))
                except (psutil.NoSuchProcess, psutil.ZombieProcess):
                    continue

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        done.set()
        thread.join()


def forms(value: str) -> set[str]:
    """A value as it may turn up: plain, line by line, and in base64 at each of the three alignments."""
    lines = {line for line in value.splitlines() if "canary" in line} or {value}
    encoded = {base64.b64encode(b" " * shift + value.encode()).decode()[4 * shift : -4] for shift in range(3)}
    return {form for form in lines | encoded if len(form) >= 10}


@pytest.mark.parametrize("source", ["given", "generated"])
def test_it_is_found_nowhere(bare_homelab: Callable[..., Homelab], source: str) -> None:
    homelab = bare_homelab()
    if source == "given":
        homelab.config["homelab:homelabRepoUrl"] = "git@example.net:homelab.git"
        homelab.declare()
        for key, value in CANARIES.items():
            homelab.set_secret(key, value)

    with arguments_watched() as arguments:
        homelab.run("preview", "--diff")
        # From 9 on the engine itself writes each message to and from its plugins into its log, values and all.
        homelab.up("--diff", "--verbose=8", "--logtostderr", previewed=True)
        if source == "given":
            for key, value in CHANGED.items():
                homelab.set_secret(key, value)
        homelab.config["homelab:infisical"]["replicas"] = 2
        homelab.declare()
        homelab.run("preview", "--diff", "--json")
        homelab.run("preview", "--diff")
        homelab.up("--diff")
        homelab.run("refresh", "--yes", "--diff")
        homelab.run("stack", "--show-ids", "--show-urns")
        homelab.run("stack", "output", "--show-secrets")
        values = {value for name in SECRETS for value in homelab.secret(*name).values()}
        homelab.run("state", "unprotect", "--all", "--yes")
        homelab.run("destroy", "--yes", "--diff")

    values |= {*CANARIES.values(), *CHANGED.values()} if source == "given" else set()
    passwords = {line.partition('"')[2].rstrip('"') for value in values for line in value.splitlines() if '"' in line}
    places = {
        "output": "\n".join(homelab.said),
        "arguments": "\n".join(arguments),
        "state": "\n".join(
            file.read_bytes().decode(errors="replace") for file in homelab.workspace.state.rglob("*") if file.is_file()
        ),
    }
    assert len(values) >= 3
    assert "plugins.kubernetes" in places["arguments"] or "pulumi-resource-kubernetes" in places["arguments"]
    for value in values | passwords:
        for form in forms(value):
            for place, text in places.items():
                # Not `form in text` in an assertion: a failure must not show the value either.
                shown = text.count(form)
                assert shown == 0, f"a secret value of {len(value)} characters stands {shown} times in the {place}"


SECRETS = (
    ("infisical", "infisical-secrets"),
    ("argocd", "infisical-helm-secrets"),
)
