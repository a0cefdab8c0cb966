"""Dumps Infisical's database in its pod. No password is an argument, and the dump is never unencrypted on a disk."""

from __future__ import annotations

import base64
import contextlib
import hmac
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from declaration import Infisical
from declaration.cluster.backup_layout import DATABASE, PG_DUMP_OPTIONS
from declaration.cluster.chart_values import POSTGRESQL_KEY
from declaration.objects import DATABASE_SECRET, ESO_NAMESPACE, INFISICAL_NAMESPACE, SEPARATE_POSTGRESQL
from operations.backup.keys.encryption import encrypt
from operations.backup.keys.recipients import Recipients
from operations.backup.parts.dump import Compressed, DumpCheck
from operations.backup.targets.manifest import Missing
from operations.encryption_key.cluster import SELECTOR, Cluster
from operations.encryption_key.database import NAME, OWNER, POD, SUPERUSER
from operations.errors import OperationError
from tooling.errors import ToolingError
from tooling.kubernetes.kubectl import Kubectl, KubectlError

PART: Final = DATABASE
WHAT: Final = "Infisical's database"


def why_not(infisical: Infisical, *, wanted: bool) -> Missing | None:
    """Why the database is not dumped; None if it is."""
    if not infisical.is_installed:
        return Missing(WHAT, "Infisical runs elsewhere: back it up there", expected=True)
    if infisical.external:
        return Missing(WHAT, "homelab:infisical.database.kind is external: dump it with your own tools", expected=True)
    return None if wanted else Missing(WHAT, "left out by --no-database", expected=True)


def check_key(cluster: Cluster, key: str) -> None:
    """
    :raises OperationError: Infisical starts with another key than the one that is backed up
    """
    with _explained():
        used = cluster.encryption_key()
    if not hmac.compare_digest(used.encode(), key.encode()):
        raise OperationError(
            "ENCRYPTION_KEY in the Secret infisical/infisical-secrets differs from the one in the stack's state",
            found="two keys; a backup would have one of them",
            expected="in both places, the key that Infisical's pods started with",
            fix="save a copy of both keys, put the right one in both places, then run the command again",
        )


def back_up_database(
    cluster: Cluster, infisical: Infisical, folder: Path, recipients: Recipients
) -> tuple[list[str], DumpCheck]:
    """
    Write the encrypted dump, and return the names of its files and what was read in it.

    :raises OperationError: the dump failed, or is not complete
    """
    check = DumpCheck()
    with _explained():
        pod, script = _script(cluster.kubectl, infisical)
        place = (f"--namespace={INFISICAL_NAMESPACE}", pod)
        with cluster.kubectl.reading("exec", "-i", *place, "--", "sh", "-s", given=script) as dump:
            names = encrypt(Compressed(dump, check), folder, PART, recipients)
    if not check.is_complete:
        what, found = f"The dump of {WHAT} is not complete", "no mark of pg_dump at its end"
        raise OperationError(what, found=found, fix="run the command again")
    return names, check


def versions(kubectl: Kubectl) -> dict[str, str]:
    """The images of Infisical and of the operator, as far as this login sees them."""
    found: dict[str, str] = {}
    for name, namespace, selector in (
        ("infisical", INFISICAL_NAMESPACE, SELECTOR),
        ("external-secrets", ESO_NAMESPACE, "app.kubernetes.io/name=external-secrets"),
    ):
        with contextlib.suppress(KubectlError):
            for deployment in kubectl.list("deployments", namespace, selector):
                found[name] = deployment["spec"]["template"]["spec"]["containers"][0]["image"]
    return found


def pod_of(infisical: Infisical) -> str:
    """The pod of the database in use."""
    return POD if infisical.uses_bundled else f"{SEPARATE_POSTGRESQL}-0"


def _script(kubectl: Kubectl, infisical: Infisical) -> tuple[str, str]:
    """The pod, and a script for a shell in it."""
    pod = pod_of(infisical)
    if infisical.uses_bundled:
        return pod, _lines(SUPERUSER, "postgres")
    # The pod's environment keeps the password that it was started with, and the Secret has the current one.
    secret = kubectl.get("secret", DATABASE_SECRET, INFISICAL_NAMESPACE) or {}
    held = base64.b64decode((secret.get("data") or {}).get(POSTGRESQL_KEY, "")).decode()
    login = (
        f"held={shlex.quote(held)}",
        'own="${POSTGRES_PASSWORD:-$(cat "${POSTGRES_PASSWORD_FILE:-/dev/null}")}"',
        'export PGPASSWORD="$held"',
        f'psql -qX --host=127.0.0.1 --username={OWNER} --command="SELECT 1" "{NAME}" > /dev/null 2>&1 < /dev/null '
        '|| PGPASSWORD="$own"',
    )
    return pod, _lines(login, OWNER)


def _lines(login: tuple[str, ...], user: str) -> str:
    options = " ".join(PG_DUMP_OPTIONS)
    dump = f'exec pg_dump --host=127.0.0.1 --username={user} {options} "{NAME}" < /dev/null'
    return "\n".join(("set -eu", *login, dump, ""))


@contextlib.contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except ToolingError as error:
        what = f"{WHAT} cannot be dumped"
        fix = f"check `kubectl get pods -n {INFISICAL_NAMESPACE}`, or leave the database out with --no-database"
        raise OperationError(what, found=str(error), fix=fix) from error
