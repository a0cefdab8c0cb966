"""`homelab:infisical`: every valid site is read in full, and no wrong one shows a secret."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from declaration import Managed, OperatorLogin, Problem, parse_infisical
from tests.declaration.sites import INFISICAL, STORE, problems_of_infisical, problems_of_store

HOSTS = st.from_regex(r"[a-z][a-z0-9]{0,10}(\.[a-z]{1,5}){0,2}", fullmatch=True)
URLS = st.builds("{}://{}:{}".format, st.sampled_from(["http", "https"]), HOSTS, st.integers(1, 65535))
NAMED = st.text(min_size=1, max_size=64).filter(lambda text: text == text.strip())
SECONDS = st.lists(st.integers(1, 315_360_000), min_size=2, max_size=2).map(sorted)
NETWORKS = st.lists(st.ip_addresses().map(str), min_size=1, max_size=3, unique=True)
OPERATOR = st.builds(
    lambda seconds, networks: {
        "accessTokenSeconds": seconds[0],
        "accessTokenMaxSeconds": seconds[1],
        "trustedIps": networks,
    },
    SECONDS,
    NETWORKS,
)
OPTIONAL = st.fixed_dictionaries(
    {},
    optional={
        "apiUrl": URLS,
        "deliverySeconds": st.integers(5, 3600),
        "organization": NAMED,
        "tailscalePort": st.integers(1, 65535),
        "operator": OPERATOR,
    },
)


def _login(
    accessTokenSeconds: int = 3600, accessTokenMaxSeconds: int = 86400, trustedIps: Sequence[str] = ()
) -> OperatorLogin:
    return OperatorLogin(accessTokenSeconds, accessTokenMaxSeconds, tuple(trustedIps))


@settings(max_examples=100)
@given(url=URLS, user=st.text("abcABC019.+_-", min_size=1), host=HOSTS, more=OPTIONAL)
def test_every_valid_managed_site_is_accepted_and_read_in_full(
    url: str, user: str, host: str, more: dict[str, Any]
) -> None:
    problems: list[Problem] = []

    infisical = parse_infisical("homelab:infisical", {"url": url, "adminEmail": f"{user}@{host}.net", **more}, problems)

    assert problems == []
    assert infisical.url == url
    assert infisical.tailscale_port == more.get("tailscalePort")
    assert infisical.managed == Managed(
        api_url=more.get("apiUrl", url),
        start_seconds=more.get("startSeconds", 600),
        delivery_seconds=more.get("deliverySeconds", 120),
        restart_seconds=more.get("restartSeconds", 300),
        command_seconds=more.get("commandSeconds", 120),
        admin_email=f"{user}@{host}.net",
        organization=more.get("organization", "homelab"),
        operator=_login(**more.get("operator", {})),
    )


@settings(max_examples=50)
@given(st.text("abcXYZ0123456789/:@?#", min_size=1))
def test_only_the_host_and_path_of_an_address_are_shown(rest: str) -> None:
    """A password, or a token in the query, copied with the address from a browser or a script."""
    for url in (
        f"https://admin:canary-{rest}@host.example.net",
        f"https://canary{rest}@host.example.net/path",
        f"https://host.example.net/?token=canary-{rest}",
        f"https://host.example.net/#canary-{rest}",
    ):
        for field in ("url", "apiUrl"):
            (problem,) = problems_of_infisical({**INFISICAL, field: url})
            assert "canary" not in str(problem)
        (problem,) = problems_of_store({**STORE, "hostAPI": url})
        assert "canary" not in str(problem)
