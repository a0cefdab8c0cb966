"""The password of Infisical's PostgreSQL: changed in the database before anything else gets the new one."""

from __future__ import annotations

from typing import Final

import pulumi
import pulumi_command as command

from declaration import ClusterAccess, is_text
from declaration.cluster.chart_values import POSTGRESQL_KEY
from declaration.objects import DATABASE_SECRET, INFISICAL_NAMESPACE, POSTGRESQL, SEPARATE_POSTGRESQL


def change_password(database: str, secret: str, key: str) -> str:
    """
    A command that changes the password in the database, as the user whose password it is.

    It is safe to run again: it does nothing if the database already has the new password. The password goes from the
    environment to stdin, so that it is in no process's arguments.

    :param database: the name of its StatefulSet
    :param secret: holds the password in use
    :param key: of that Secret
    """
    return f"""\
set -eu
kubectl="kubectl --namespace {INFISICAL_NAMESPACE} ${{KUBE_CONTEXT:+--context $KUBE_CONTEXT}}"
# Before its first start the database does not exist; it starts with the new password. A database without a pod exists
# and keeps its password. A separate assignment, because `test` would ignore that kubectl failed.
parts="statefulset/{database} persistentvolumeclaim/data-{database}-0 pod/{database}-0"
there="$($kubectl get $parts --ignore-not-found --output name)"
test -n "$there" || exit 0
# The chart does not restart the database for a new password: the pod's environment may hold an outdated one.
held="$($kubectl get secret {secret} --ignore-not-found \\
  --output 'go-template={{{{with index .data "{key}"}}}}{{{{. | base64decode}}}}{{{{end}}}}')"
printf '%s\\n' "$NEW_VALUE" "$held" | $kubectl exec -i {database}-0 --container postgresql -- sh -eu -c '
read -r new
read -r held
database() {{ psql -qX -v ON_ERROR_STOP=1 -v VERBOSITY=terse -h 127.0.0.1 -U infisical -d infisicalDB; }}
if PGPASSWORD="$new" database < /dev/null 2> /dev/null; then exit 0; fi
old="$held"
if ! PGPASSWORD="$old" database < /dev/null 2> /dev/null; then
  old="${{POSTGRES_PASSWORD:-$(cat "$POSTGRES_PASSWORD_FILE")}}"
fi
printf "ALTER USER infisical WITH PASSWORD '"'%s'"';\\n" "$new" | PGPASSWORD="$old" database
'
"""


CHANGE_PASSWORD: Final = change_password(POSTGRESQL, POSTGRESQL, "password")
"""For the bundled PostgreSQL."""

CHANGE_SEPARATE_PASSWORD: Final = change_password(SEPARATE_POSTGRESQL, DATABASE_SECRET, POSTGRESQL_KEY)

WITHOUT_THE_PASSWORD: Final = """\
if test -n "${KUBECONFIG_TEXT:-}"; then
  KUBECONFIG="$(mktemp)"
  export KUBECONFIG
  trap 'rm -f "$KUBECONFIG"' EXIT
  printf '%s' "$KUBECONFIG_TEXT" > "$KUBECONFIG"
fi
# No shell expands a path of the stack config.
case "${KUBECONFIG:-}" in "~/"*) KUBECONFIG="$HOME/${KUBECONFIG#"~/"}" ;; esac
printed="$(sh -c "$CHANGE_COMMAND" 2>&1)" && exit 0
failed=$?
printf '%s\\n' "$printed" | awk 'BEGIN { hidden = ENVIRON["NEW_VALUE"] } {
  shown = ""; rest = $0
  while (at = index(rest, hidden)) {
    shown = shown substr(rest, 1, at - 1) "[hidden]"
    rest = substr(rest, at + length(hidden))
  }
  print shown rest
}' >&2
exit "$failed"
"""
"""
Runs the command in `CHANGE_COMMAND`. If it fails, shows its output without the password.

With every `logging`, Pulumi's command provider puts a failed command's output into its error, and a database may quote
the statement.
"""


class DatabasePassword(pulumi.ComponentResource):
    """
    The password, once the database has it: if the change fails there, nothing else gets the new password.

    :param change_command: shell command that reads `NEW_VALUE`
    :param cluster: reaches the command as `KUBECONFIG` and `KUBE_CONTEXT`
    """

    value: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        value: pulumi.Output[str],
        change_command: str,
        cluster: ClusterAccess,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("homelab:secrets:DatabasePassword", name, None, opts)
        changed = command.local.Command(
            name,
            create=WITHOUT_THE_PASSWORD,
            update=WITHOUT_THE_PASSWORD,
            environment={
                "NEW_VALUE": value,
                "CHANGE_COMMAND": change_command,
                **_cluster_environment(cluster),
            },
            logging=command.local.Logging.NONE,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.value = pulumi.Output.all(value, changed.stdout).apply(lambda known: str(known[0]))
        self.register_outputs({})


def _cluster_environment(cluster: ClusterAccess) -> dict[str, pulumi.Input[str]]:
    environment: dict[str, pulumi.Input[str]] = {}
    if cluster.kubeconfig:
        name = "KUBECONFIG_TEXT" if is_text(cluster.kubeconfig) else "KUBECONFIG"
        environment[name] = pulumi.Output.secret(cluster.kubeconfig)
    if cluster.context:
        environment["KUBE_CONTEXT"] = cluster.context
    return environment
