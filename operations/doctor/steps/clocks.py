"""The clocks of the cluster and of Infisical, compared with this machine's."""

from __future__ import annotations

from typing import Final

from operations.doctor.findings import Finding, Outcome
from operations.doctor.steps.scope import Scope

MOST_SECONDS: Final = 30.0
"""A larger difference makes access tokens and certificates fail before or after their time."""


def check_clocks(scope: Scope) -> Outcome:
    clocks = {"the Kubernetes API": scope.cluster.seconds_ahead, "Infisical": scope.infisical.seconds_ahead}
    known = {name: ahead for name, ahead in clocks.items() if ahead is not None}
    if not known:
        return Outcome.not_checked("nothing answered with a date")
    findings = [
        Finding(
            "clock-skew",
            f"The clock of {name} and this machine's differ",
            "synchronize both with NTP: `timedatectl status` on each machine",
            (name,),
            f"{abs(ahead):.0f} s {'ahead of' if ahead > 0 else 'behind'} this machine's clock",
            f"at most {MOST_SECONDS:.0f} s",
            warning=True,
        )
        for name, ahead in known.items()
        if abs(ahead) > MOST_SECONDS
    ]
    return Outcome.of(findings, "within seconds of this machine's")
