"""
The commands that put a dump back into Infisical's database. The data that is there before is set aside.

They can be run again from the first one. A dump that ends early, because a command was killed or a file is damaged,
restores nothing: psql takes that end for the end of the dump, so only a line after the dump commits the transaction.
"""

from __future__ import annotations

from typing import Final

from declaration import Homelab
from declaration.objects import APPLICATION, INFISICAL_NAMESPACE
from operations.backup.parts.database import PART, pod_of
from operations.encryption_key.cluster import PAUSED, SELECTOR
from operations.encryption_key.database import NAME, OWNER, SUPERUSER, set_aside_script

_WHERE: Final = f"-n {INFISICAL_NAMESPACE}"
_PSQL: Final = "psql --quiet --no-psqlrc --set=ON_ERROR_STOP=1 --host=127.0.0.1"
_OWN: Final = (
    'export PGPASSWORD="${POSTGRES_PASSWORD:-$(cat "${POSTGRES_PASSWORD_FILE:-/dev/null}")}"',
    f"{_PSQL} --username={OWNER} {NAME} <<'SQL'",
)
"""Lines of a shell in the pod of a separate database, which has no other user."""

_END: Final = "'COMMIT;' '\\echo restored'"
"""The lines after the dump, as arguments in a shell."""


def restore_commands(homelab: Homelab[None], folder: str, at: str) -> list[str]:
    """
    Commands for a shell, in their order.

    :param folder: with the extracted backup
    :param at: names what is set aside, such as `20261130_102708`
    """
    infisical = homelab.infisical
    pod = pod_of(infisical)
    application = f"kubectl annotate application {APPLICATION} -n {homelab.argocd.namespace} {PAUSED}"
    argocd = infisical.install == "argocd"
    deployments = f"deployment {_WHERE} -l {SELECTOR}"
    dump = f"{{ echo 'BEGIN;' && gunzip -c {folder}/{PART} && printf '%s\\n' {_END}; }}"
    return [
        *([f"{application}=true --overwrite"] if argocd else []),
        f"kubectl scale {deployments} --replicas=0",
        f"kubectl wait pod {_WHERE} -l {SELECTOR} --for=delete --timeout=300s",
        f"kubectl exec -i {_WHERE} {pod} -- sh -s <<'SCRIPT'\n{_set_aside(homelab, at)}SCRIPT",
        f"{dump} | kubectl exec -i {_WHERE} {pod} -- sh -c '{_restore(homelab)}'",
        f"kubectl scale {deployments} --replicas={infisical.replicas}",
        *([f"{application}-"] if argocd else []),
    ]


def _set_aside(homelab: Homelab[None], at: str) -> str:
    if homelab.infisical.uses_bundled:
        return set_aside_script(f"restored_{at}")
    # Its user may not rename the database.
    rename = f'ALTER SCHEMA public RENAME TO "before_{at}"'
    unless = f"WHERE NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = 'before_{at}')"
    schema = f"SELECT '{rename}' {unless} \\gexec\nCREATE SCHEMA IF NOT EXISTS public;"
    return "\n".join(("set -eu", *_OWN, schema, "SQL", ""))


def _restore(homelab: Homelab[None]) -> str:
    user, login = ("postgres", SUPERUSER) if homelab.infisical.uses_bundled else (OWNER, _OWN[:1])
    return "\n".join(
        (
            "set -eu",
            *login,
            f"{_PSQL} --username={user} {NAME} | grep -qx restored || {{",
            '  echo "Nothing was restored: the dump is not complete, or psql failed" >&2',
            "  exit 1",
            "}",
        )
    )
