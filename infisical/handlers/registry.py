"""All kinds of resource, by their type token."""

from __future__ import annotations

from typing import Final

from infisical.handlers.client_secret import ClientSecret
from infisical.handlers.delivery import Delivery
from infisical.handlers.folder import Folder
from infisical.handlers.identity import Identity
from infisical.handlers.instance import Instance
from infisical.handlers.kind import Kind
from infisical.handlers.project import Project
from infisical.handlers.restart import Restart
from infisical.handlers.secret import Secret
from infisical.package import token

KINDS: Final[dict[str, Kind]] = {
    token(kind.name): kind
    for kind in (Instance(), Project(), Folder(), Identity(), ClientSecret(), Secret(), Delivery(), Restart())
}
