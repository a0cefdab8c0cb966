"""What the pod of the job reads: its scripts, the public keys, and the manifest of the backups that it writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from components.backup.pod import RECIPIENTS, Plan
from declaration.cluster.backup_layout import DATABASE, FORMAT, MANIFEST
from declaration.site.backup_job import postgres_image

_SCRIPTS: Final = Path(__file__).parent / "scripts"
_WHAT: Final = "Infisical's database"


def files_of(plan: Plan) -> dict[str, str]:
    """The content of each file, by its name."""
    last = "upload.sh" if plan.bucket else "store.sh"
    scripts = ("dump.sh", "layout.sh", last, *(("connection.sh",) if plan.infisical.external else ()))
    return {
        **{name: (_SCRIPTS / name).read_text(encoding="utf-8") for name in scripts},
        **({RECIPIENTS: "".join(f"{each}\n" for each in plan.age)} if plan.age else {}),
        **{f"openpgp-{number}.asc": plan.backup.public_keys[file] for number, file in enumerate(plan.openpgp)},
        MANIFEST: json.dumps(_manifest(plan), indent=1) + "\n",
    }


def _manifest(plan: Plan) -> dict[str, Any]:
    """`layout.sh` replaces what is between two @. The rest is known when the job is deployed."""
    proof = "not proven: the job in the cluster does not have ENCRYPTION_KEY"
    return {
        "format": FORMAT,
        "stack": plan.stack,
        "created": "@CREATED@",
        "files": "@FILES@",
        "parts": {DATABASE: f"{_WHAT}; whether ENCRYPTION_KEY opens it is {proof}"},
        "bootstrap": [],
        "recipients": [*plan.age, *(f"@OPENPGP_{number}@" for number, _ in enumerate(plan.openpgp))],
        "versions": {"chart": plan.infisical.chart_version, "pg_dump": postgres_image(plan.job, plan.infisical)},
        "missing": [
            {
                "what": "keys, values, state and declaration",
                "why": "`python -m operations backup` writes them",
                "expected": True,
            }
        ],
        "key_opens_database": proof,
    }
