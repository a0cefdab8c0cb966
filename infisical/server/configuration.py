"""The provider's own configuration: which server, and whose login."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from infisical.api.session import Login
from infisical.handlers.fields import Failure, Field, check
from infisical.handlers.properties import Properties


def _url(text: str) -> str | None:
    try:
        parts = urlsplit(text)
        reachable = parts.scheme in ("http", "https") and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        reachable = False
    if reachable and not (parts.username or parts.password or parts.query or parts.fragment):
        return None
    return "an http or https address without user, password, query and fragment"


FIELDS: Final = (
    Field(name="url", type="text", required=True, allowed=_url, doc="the server's address"),
    Field(name="email", type="text", doc="the administrator's e-mail address"),
    Field(name="password", type="text", secret=True, doc="the administrator's password"),
    Field(name="organization", type="text", doc="the organization's name"),
    Field(name="token", type="text", secret=True, doc="a token of an identity or user that administers it"),
    Field(name="kubeconfig", type="text", secret=True, doc="of the cluster that is delivered to: its text or path"),
    Field(name="context", type="text", doc="the kubeconfig's context"),
)

OF_THE_ENGINE: Final = frozenset({"pluginDownloadURL", "pluginChecksums", "version"})


def problems(configuration: Properties) -> Iterator[Failure]:
    """What is wrong with it; what is not known yet is taken for good."""
    own = {key: value for key, value in configuration.items() if key not in OF_THE_ENGINE}
    yield from check(FIELDS, own)
    if "token" not in own and not ("email" in own and "password" in own):
        yield Failure("email", "and `password` are missing: give both, or a `token`")


def login(configuration: Properties) -> Login:
    return Login(
        email=configuration.text("email"),
        password=configuration.text("password"),
        token=configuration.text("token"),
        organization=configuration.text("organization"),
    )
