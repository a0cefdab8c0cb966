"""All handlers, by the type token of their resource."""

from __future__ import annotations

from typing import Final

from infisical.handlers.base.handler import Handler
from infisical.handlers.client_secret import ClientSecret
from infisical.handlers.database_in_use import DatabaseInUse
from infisical.handlers.delivery import Delivery
from infisical.handlers.folder import Folder
from infisical.handlers.guarded_secret import GuardedSecret
from infisical.handlers.identity.handler import Identity
from infisical.handlers.immutable_keys import ImmutableKeys
from infisical.handlers.instance import Instance
from infisical.handlers.owned_namespace import OwnedNamespace
from infisical.handlers.project import Project
from infisical.handlers.restart import Restart
from infisical.handlers.rsa_key_pair import RsaKeyPair
from infisical.handlers.secret.handler import Secret
from infisical.package import token

HANDLERS: Final[dict[str, Handler]] = {
    token(handler.name): handler
    for handler in (
        Instance(),
        Project(),
        Folder(),
        Identity(),
        ClientSecret(),
        Secret(),
        ImmutableKeys(),
        DatabaseInUse(),
        Delivery(),
        Restart(),
        OwnedNamespace(),
        GuardedSecret(),
        RsaKeyPair(),
    )
}
