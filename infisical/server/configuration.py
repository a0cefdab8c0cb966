"""The provider's own configuration: the server and the login."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from infisical import rules
from infisical.api.http.session import Login
from infisical.handlers.base.fields import Failure, Field, check
from infisical.properties import Properties

FIELDS: Final = (
    Field(
        name="url",
        type="string",
        rule=rules.url,
        doc="the server's address; without it and a login, the provider reaches only the cluster",
    ),
    Field(name="email", type="string", doc="the administrator's e-mail address"),
    Field(name="password", type="string", secret=True, doc="the administrator's password"),
    Field(name="organization", type="string", doc="the organization's name"),
    Field(
        name="token", type="string", secret=True, doc="a token of an identity or user that administers the organization"
    ),
    Field(
        name="clientId",
        type="string",
        secret=True,
        doc="the client ID of an identity that administers the organization, for a login by universal auth",
    ),
    Field(name="clientSecret", type="string", secret=True, doc="the client secret of that identity"),
    Field(
        name="caBundle",
        type="string",
        rule=rules.certificates,
        doc="the PEM certificates that are trusted for the server, instead of the machine's own",
    ),
    Field(
        name="kubeconfig",
        type="string",
        secret=True,
        doc="the apps' cluster: a kubeconfig's content or path",
    ),
    Field(name="context", type="string", doc="the kubeconfig's context"),
)

ONLY_THE_CLUSTER: Final = frozenset({"kubeconfig", "context"})
"""The fields of a provider that reaches no Infisical."""

OF_THE_ENGINE: Final = frozenset({"pluginDownloadURL", "pluginChecksums", "version"})


def problems(configuration: Properties) -> Iterator[Failure]:
    """What is wrong with it. Values that are not known yet pass."""
    own = {key: value for key, value in configuration.items() if key not in OF_THE_ENGINE}
    yield from check(FIELDS, own)
    if not own.keys() - ONLY_THE_CLUSTER:
        return
    if "url" not in own:
        yield Failure("url", "missing; set the server's address, or remove the login")
    pairs = (("email", "password"), ("clientId", "clientSecret"))
    if "token" not in own and not any(own.keys() >= {*pair} for pair in pairs):
        yield Failure("email", "missing; set `email` and `password`, `clientId` and `clientSecret`, or `token`")


def login(configuration: Properties) -> Login:
    return Login(
        email=configuration.string("email"),
        password=configuration.string("password"),
        token=configuration.string("token"),
        client_id=configuration.string("clientId"),
        client_secret=configuration.string("clientSecret"),
        organization=configuration.string("organization"),
    )
