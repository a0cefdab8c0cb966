"""The readiness conditions of `pulumi.com/waitFor`: `condition=Ready` or `condition=Ready=False`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from plugins.kubernetes import INSTALL
from plugins.kubernetes.objects.kubernetes_object import WAIT_FOR, KubernetesObject
from plugins.protocol.errors import ProviderError


@dataclass(frozen=True)
class Verdict:
    """Whether an object is ready, and a message for the status line if it is not."""

    ready: bool
    message: str = ""
    warning: bool = False


Check = Callable[[KubernetesObject], Verdict]


def wait_for(expression: str) -> Check:
    """
    The check that an annotation describes.

    :raises ProviderError: it is not a condition
    """
    name, _, status = expression.removeprefix("condition=").partition("=")
    if not expression.startswith("condition=") or not name:
        message = (
            f'{WAIT_FOR}: "{expression}" is not supported by this Python kubernetes provider; '
            f"expected condition=TYPE or condition=TYPE=STATUS. Fix: change the annotation, or {INSTALL}"
        )
        raise ProviderError(message)
    return _has_condition(name, status or "True")


def _has_condition(name: str, status: str) -> Check:
    """Whether a condition has a status, for the current generation if it names one."""

    def check(live: KubernetesObject) -> Verdict:
        listed = live.at("status", "conditions")
        if not isinstance(listed, list):
            return Verdict(False, "Has no .status.conditions", warning=True)
        for condition in listed:
            if str(condition.get("type", "")).lower() != name.lower() or "status" not in condition:
                continue
            generation = live.metadata.get("generation")
            observed = condition.get("observedGeneration", live.at("status", "observedGeneration"))
            if generation is not None and observed is not None and observed < generation:
                return Verdict(False, f"Generation {observed} is less than expected {generation}")
            if str(condition["status"]).lower() == status.lower():
                return Verdict(True)
            return Verdict(False, f"Resource has condition {name}={condition['status']} (want {status})")
        return Verdict(False)

    return check
