"""What the owner still has to do, each step with its command."""

from __future__ import annotations

from collections.abc import Collection

import pulumi

from components.config import Config
from components.rotation_dates import Dates, is_overdue
from declaration import FromConfig, Generate, Key, Source, rotate_command, set_command
from declaration.values.rotations import AUTH_SECRET, POSTGRES_PASSWORD, REDIS_PASSWORD

# Each prints one line of exactly the size: openssl wraps base64 lines, and tr drops characters.
_GENERATORS = {
    "hex": "openssl rand -hex {size}",
    "base64": "openssl rand -base64 {size} | tr -d '\\n'",
    "base64url": "openssl rand -base64 {size} | tr '+/' '-_' | tr -d '=\\n'",
    "fernet": "openssl rand -base64 {size} | tr '+/' '-_' | tr -d '\\n'",
    "uuid": "python3 -c 'import uuid; print(uuid.uuid4())'",
    "password": "openssl rand -base64 256 | tr -dc A-Za-z0-9 | head -c {size}",
    "ed25519": "d=$(mktemp -d); ssh-keygen -qt ed25519 -N '' -C '' -f $d/key; "
    """python3 -c 'import json, sys; f = sys.argv[1]; print(json.dumps({{"private": open(f).read(), """
    """"public": open(f + ".pub").read().strip()}}))' $d/key; rm -r $d""",
    "rsa": "d=$(mktemp -d); openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:{size} -out $d/key 2> $d/log; "
    "openssl pkey -in $d/key -pubout -out $d/pem; ssh-keygen -yf $d/key > $d/pub; "
    """python3 -c 'import json, sys; p, s, k = (open(f).read() for f in sys.argv[1:]); print(json.dumps({{"private": """
    """p, "public": s.strip(), "publicPem": k}}))' $d/key $d/pub $d/pem; rm -r $d""",
}


def next_steps(
    config: Config, missing: pulumi.Output[list[str]] | None, dates: pulumi.Output[Dates]
) -> dict[str, str] | pulumi.Output[dict[str, str]]:
    """
    A step for each value that is missing or due for rotation. Contains no value.

    :param missing: the labels of the keys without a value in Infisical; None if they are unknown, because Infisical is
        not managed
    :param dates: of the values that can be rotated
    """
    if missing is None:
        return {**_by_hand(config), **_argocd(config)}
    return pulumi.Output.all(missing, dates).apply(
        lambda known: {**_values(config, known[0]), **_overdue(config, known[1]), **_argocd(config)}
    )


def _values(config: Config, missing: Collection[str]) -> dict[str, str]:
    steps = {}
    for key in config.keys.all:
        if key.label not in missing:
            continue
        add = f"add {key.name} to {key.folder} in Infisical, {_place(config)}"
        if isinstance(key.declared.source, FromConfig):
            steps[key.label] = f"run `{set_command(key.label)}` and `pulumi up`, or {add}"
        else:
            steps[key.label] = f"{add}: {_origin(key)}"
    return steps


def _overdue(config: Config, dates: Dates) -> dict[str, str]:
    # No step contains today's date: it would change the stack's outputs every day.
    return {
        f"{name}, due since {dated['due']}": _rotate(config, name)
        for name, dated in dates.items()
        if is_overdue(dated["due"])
    }


def _rotate(config: Config, name: str) -> str:
    if (key := config.keys.by_label.get(name)) and key.id in config.values:
        return f"set a new value with `{set_command(name)}`, then run `pulumi up`"
    earlier = config.earlier_keys
    given = {
        AUTH_SECRET: earlier.auth_secret,
        POSTGRES_PASSWORD: earlier.postgres_password,
        REDIS_PASSWORD: earlier.redis_password,
    }
    # The declaration refuses a trigger together with a value of an earlier installation.
    instead = f"`pulumi config rm homelab:{name}`, " if given.get(name) else ""
    return f"run {instead}`{rotate_command(name)}` and `pulumi up`"


def _by_hand(config: Config) -> dict[str, str]:
    if config.machine_identity:
        return {}
    steps = {
        key.label: f"in Infisical, {_place(config)}, add {key.name} to {key.folder}: {_origin(key)}"
        for key in config.keys.all
    }
    steps["machine identity"] = (
        f"in Infisical, create an identity with universal auth that can read {_place(config)}; then run "
        "`pulumi config set homelab:infisicalMachineIdentityClientId --secret`, "
        "`pulumi config set homelab:infisicalMachineIdentityClientSecret --secret` and `pulumi up`"
    )
    return steps


def _argocd(config: Config) -> dict[str, str]:
    if config.argocd_oidc_client_secret is not None or config.infisical.install != "argocd":
        return {}
    return {
        "Argo CD's OIDC client secret": (
            "create a client for Argo CD at your identity provider; then run "
            "`pulumi config set homelab:argocdOidcClientSecret --secret` and `pulumi up`"
        )
    }


def _place(config: Config) -> str:
    return f"project {config.store.project_slug}, environment {config.store.environment_slug}"


def _origin(key: Key) -> str:
    never = " (never change it after the first installation)" if key.declared.immutable else ""
    return f"{_how_to_get(key.declared.source)}{never}"


def _how_to_get(source: Source) -> str:
    match source:
        case Generate(_, size, characters) if characters:
            return f"choose {size} random characters of {characters}"
        case Generate("hashedPassword", size):
            value = '`{"password": "…", "bcrypt": "…"}`'
            return f"set {value}, with {size} random characters and their hash of `htpasswd -nB NAME`"
        case Generate(kind, size):
            return f"generate it with `{_GENERATORS[kind].format(size=size)}`"
        case FromConfig():
            return "copy it from the service that issues it"
        case _:
            return "copy it from the system that creates it"
