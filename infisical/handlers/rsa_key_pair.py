"""RsaKeyPair: makes a key pair once and keeps it in the state."""

from __future__ import annotations

import asyncio

from infisical import rules
from infisical.handlers.base.fields import Field
from infisical.handlers.base.handler import Applied, Operation
from infisical.handlers.base.state_only import StateOnly
from infisical.properties import Properties


class RsaKeyPair(StateOnly):
    name = "RsaKeyPair"
    resource_id = "rsa-key-pair"
    doc = (
        "An RSA key pair, made when the trigger or the size changes, and kept in the state: no other update makes a "
        "new one."
    )
    fields = (
        Field(
            name="trigger",
            type="string",
            required=True,
            secret=True,
            rule=rules.not_empty,
            doc="any string; a new one makes a new pair",
        ),
        Field(name="bits", type="number", required=True, rule=rules.rsa_bits, doc="the size: 2048, 3072 or 4096"),
    )
    outputs = {"pair": "JSON with private (PEM), public (OpenSSH) and publicPem"}  # noqa: RUF012
    secret_outputs = frozenset({"pair"})

    def unknown_outputs(self, old: Properties, new: Properties) -> frozenset[str]:
        return frozenset(self.outputs if self.changed(old, new) else ())

    async def ensure(self, operation: Operation, inputs: Properties, state: Properties) -> Applied:
        # Each start of the provider would import it.
        from infisical.rsa import rsa

        # It may take seconds, in which the provider must answer.
        pair = await asyncio.to_thread(rsa, int(inputs.number("bits")))
        return Applied(operation.urn.rpartition("::")[2], {"pair": pair})
