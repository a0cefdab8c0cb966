"""All kinds of resource, by their type token."""

from __future__ import annotations

from typing import Final

from infisical.package import token
from infisical.resources.client_secret import ClientSecret
from infisical.resources.delivery import Delivery
from infisical.resources.folder import Folder
from infisical.resources.identity import Identity
from infisical.resources.instance import Instance
from infisical.resources.kind import Kind
from infisical.resources.project import Project
from infisical.resources.restart import Restart
from infisical.resources.secret import Secret

KINDS: Final[dict[str, Kind]] = {
    token(kind.name): kind
    for kind in (Instance(), Project(), Folder(), Identity(), ClientSecret(), Secret(), Delivery(), Restart())
}
