"""
How a command logs in to Infisical: as a machine identity, or as the stack does.

A machine identity comes from a file or from environment variables, and needs neither the stack nor its passphrase.
"""

from __future__ import annotations

import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from declaration import Homelab, Problem
from infisical.api.http.session import Login
from operations.errors import OperationError
from operations.stack import Stack
from operations.state import current_resources
from operations.values.formats.dotenv import read_dotenv
from tooling.errors import StackError
from tooling.stack.declared import problems_text

CLIENT_ID: Final = "INFISICAL_UNIVERSAL_AUTH_CLIENT_ID"
CLIENT_SECRET: Final = "INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET"
API_URL: Final = "INFISICAL_API_URL"
"""The variables of Infisical's own command line."""
PROVIDER: Final = "pulumi:providers:infisical"
PROVIDER_NAME: Final = "infisical"


@dataclass(frozen=True)
class Access:
    """
    A server and the login there.

    :param ca_bundle: the PEM certificates that are trusted; empty means the machine's own
    """

    url: str
    login: Login = field(repr=False)
    ca_bundle: str = field(default="", repr=False)


def find_access(
    homelab: Homelab[None], stack: Callable[[], Stack], identity: Path | None, environment: Mapping[str, str]
) -> Access:
    """
    :param stack: opens the stack; called only without a machine identity
    :param identity: the file with the login; None for the environment's or the stack's
    :raises OperationError: there is no login
    """
    variables = _variables(identity) if identity else environment
    source = str(identity) if identity else "the environment"
    if identity or CLIENT_ID in variables or CLIENT_SECRET in variables:
        login = _identity(variables, source)
        return Access(variables.get(API_URL) or _url(homelab), login, _ca_bundle(homelab))
    try:
        opened = stack()
    except OperationError as error:
        what, found = "There is no login to Infisical", f"no machine identity, and {str(error).splitlines()[0]}"
        fix = f"set {CLIENT_ID} and {CLIENT_SECRET}, or install pulumi; then run the command again"
        raise OperationError(what, found=found, fix=fix) from error
    return _of_stack(homelab, opened)


def _url(homelab: Homelab[None]) -> str:
    managed = homelab.infisical.managed
    return managed.api_url if managed else homelab.infisical.url


def _ca_bundle(homelab: Homelab[None]) -> str:
    return homelab.infisical.managed.ca_bundle if homelab.infisical.managed else ""


def _identity(variables: Mapping[str, str], source: str) -> Login:
    missing = [name for name in (CLIENT_ID, CLIENT_SECRET) if not variables.get(name)]
    if missing:
        what = f"The login of the machine identity in {source} is incomplete"
        found = f"no value of {' and '.join(missing)}"
        expected = f"{CLIENT_ID} and {CLIENT_SECRET}"
        raise OperationError(what, found=found, expected=expected, fix="set both, then run the command again")
    names = (CLIENT_ID, CLIENT_SECRET)
    return Login(client_id=variables[CLIENT_ID], client_secret=variables[CLIENT_SECRET], identity_from=names)


def _variables(file: Path) -> dict[str, str]:
    what = f"The login in {file} cannot be used"
    try:
        mode = stat.S_IMODE(file.stat().st_mode)
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        found = getattr(error, "strerror", None) or "bytes that are not UTF-8"
        raise OperationError(what, found=found, fix="correct --identity, then run the command again") from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        fix = f"run `chmod 600 {file}`; replace the client secret if others may have read it"
        raise OperationError(what, found=f"mode {mode:04o}", expected="mode 0600", fix=fix)
    problems: list[Problem] = []
    found_values = {given.name: given.value for given in read_dotenv(file.name, text, problems)}
    if problems:
        raise StackError(problems_text(file.name, problems))
    return found_values


def _of_stack(homelab: Homelab[None], stack: Stack) -> Access:
    inputs = _provider(stack)
    login = Login(
        email=inputs.get("email", ""),
        password=inputs.get("password", ""),
        token=inputs.get("token", ""),
        organization=inputs.get("organization", ""),
        client_id=inputs.get("clientId", ""),
        client_secret=inputs.get("clientSecret", ""),
    )
    if _is_complete(login):
        return Access(inputs.get("url") or _url(homelab), login, inputs.get("caBundle") or _ca_bundle(homelab))
    login = _of_config(homelab, stack.homelab_config())
    if _is_complete(login):
        return Access(_url(homelab), login, _ca_bundle(homelab))
    what = f"The stack {stack.name} has no login to Infisical"
    first = "run `pulumi up` first"
    if homelab.infisical.managed:
        first += ", or `pulumi config set homelab:infisicalAdminPassword --secret` for an Infisical that exists"
    fix = f"{first}, or set {CLIENT_ID} and {CLIENT_SECRET}; then run the command again"
    raise OperationError(what, found="no login in its state and in its config", fix=fix)


def _provider(stack: Stack) -> dict[str, Any]:
    """The inputs of the provider that reaches Infisical; empty if the stack has none."""
    found = [
        each.get("inputs") or {}
        for each in current_resources(stack.state(decrypted=True))
        if each["type"] == PROVIDER and each["urn"].endswith(f"::{PROVIDER_NAME}")
    ]
    return dict(found[0]) if found else {}


def _of_config(homelab: Homelab[None], config: Mapping[str, str]) -> Login:
    managed = homelab.infisical.managed
    if managed is None:
        names = ("infisicalMachineIdentityClientId", "infisicalMachineIdentityClientSecret")
        client_id, client_secret = (config.get(name, "") for name in names)
        origin = (f"homelab:{names[0]}", f"homelab:{names[1]}")
        return Login(client_id=client_id, client_secret=client_secret, identity_from=origin)
    return Login(
        email=managed.admin_email,
        password=config.get("infisicalAdminPassword", ""),
        token=config.get("infisicalToken", ""),
        organization=managed.organization,
        client_id=config.get("infisicalAdminClientId", ""),
        client_secret=config.get("infisicalAdminClientSecret", ""),
    )


def _is_complete(login: Login) -> bool:
    return bool(login.token or (login.client_id and login.client_secret) or (login.email and login.password))
