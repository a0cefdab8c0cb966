"""The password of Infisical's bundled PostgreSQL: changed in the database before anything else gets another one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import pulumi
import pulumi_command as command

from declaration.homelab import ClusterAccess
from declaration.inventory import INFISICAL_NAMESPACE
from declaration.kubeconfig import is_text

CHANGE_PASSWORD: Final = f"""\
set -eu
kubectl="kubectl --namespace {INFISICAL_NAMESPACE} ${{KUBE_CONTEXT:+--context $KUBE_CONTEXT}}"
# Before the first start there is no database, and it begins with the password that it is given. One whose pod is away
# comes back with the password that it has: only where nothing of it is left, there is none. A cluster that does not
# answer must end this, and in an argument of `test` its failure would be taken for "no database".
parts="statefulset/postgresql persistentvolumeclaim/data-postgresql-0 pod/postgresql-0"
there="$($kubectl get $parts --ignore-not-found --output name)"
test -n "$there" || exit 0
# The chart does not restart the database for another password: its pod may tell of one that was changed long ago.
held="$($kubectl get secret postgresql --ignore-not-found \\
  --output 'go-template={{{{with .data.password}}}}{{{{. | base64decode}}}}{{{{end}}}}')"
printf '%s\\n' "$NEW_VALUE" "$held" | $kubectl exec -i postgresql-0 --container postgresql -- sh -eu -c '
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
"""
What changes it in the chart's own database, as the user whose password it is.

It may run again: a database that has the new password already is left alone. The password goes from the environment
to standard input, and is in no process's arguments.
"""

WITHOUT_THE_PASSWORD: Final = """\
if test -n "${KUBECONFIG_TEXT:-}"; then
  KUBECONFIG="$(mktemp)"
  export KUBECONFIG
  trap 'rm -f "$KUBECONFIG"' EXIT
  printf '%s' "$KUBECONFIG_TEXT" > "$KUBECONFIG"
fi
# No shell has expanded what stands in the stack config.
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
Runs the command in `CHANGE_COMMAND`; one that fails shows what it printed, but for the password.

Pulumi's command provider puts all that a failed command printed into its error, whatever its `logging` is, and a
database may quote the statement.
"""


@dataclass(frozen=True)
class DatabasePasswordArgs:
    """
    The password to have, and the shell command that changes it, with `NEW_VALUE` in its environment.

    `cluster` is what its kubectl reaches: by `KUBECONFIG`, and by `KUBE_CONTEXT` where there is one.
    """

    value: pulumi.Output[str] = field(repr=False)
    change_command: str
    cluster: ClusterAccess


class DatabasePassword(pulumi.ComponentResource):
    """Hands the password on when the database has it: a change that fails there reaches nothing else."""

    value: pulumi.Output[str]

    def __init__(self, name: str, args: DatabasePasswordArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:secrets:DatabasePassword", name, None, opts)
        changed = command.local.Command(
            name,
            create=WITHOUT_THE_PASSWORD,
            update=WITHOUT_THE_PASSWORD,
            environment={
                "NEW_VALUE": args.value,
                "CHANGE_COMMAND": args.change_command,
                **_reaching(args.cluster),
            },
            logging=command.local.Logging.NONE,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.value = pulumi.Output.all(args.value, changed.stdout).apply(lambda known: str(known[0]))
        self.register_outputs({})


def _reaching(cluster: ClusterAccess) -> dict[str, pulumi.Input[str]]:
    environment: dict[str, pulumi.Input[str]] = {}
    if cluster.kubeconfig:
        name = "KUBECONFIG_TEXT" if is_text(cluster.kubeconfig) else "KUBECONFIG"
        environment[name] = pulumi.Output.secret(cluster.kubeconfig)
    if cluster.context:
        environment["KUBE_CONTEXT"] = cluster.context
    return environment
