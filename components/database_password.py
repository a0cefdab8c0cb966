"""The password of Infisical's bundled PostgreSQL: changed in the database before anything else gets another one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import pulumi
import pulumi_command as command

from components.inventory import INFISICAL_NAMESPACE

CHANGE_PASSWORD: Final = f"""\
set -eu
kubectl="kubectl --namespace {INFISICAL_NAMESPACE}"
# Before the first start there is no database, and it begins with the password that it is given. A cluster that does
# not answer must end this, and in an argument of `test` its failure would be taken for "no database".
pod="$($kubectl get pod postgresql-0 --ignore-not-found --output name)"
test -n "$pod" || exit 0
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


@dataclass(frozen=True)
class DatabasePasswordArgs:
    """The password to have, and the shell command that changes it, with `NEW_VALUE` in its environment."""

    value: pulumi.Output[str] = field(repr=False)
    change_command: str


class DatabasePassword(pulumi.ComponentResource):
    """Hands the password on when the database has it: a change that fails there reaches nothing else."""

    value: pulumi.Output[str]

    def __init__(self, name: str, args: DatabasePasswordArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:secrets:DatabasePassword", name, None, opts)
        changed = command.local.Command(
            name,
            create=args.change_command,
            update=args.change_command,
            environment={"NEW_VALUE": args.value},
            # What the database says may quote the statement.
            logging=command.local.Logging.NONE,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.value = pulumi.Output.all(args.value, changed.stdout).apply(lambda known: str(known[0]))
        self.register_outputs({})
