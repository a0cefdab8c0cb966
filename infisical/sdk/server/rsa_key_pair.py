"""An RSA key pair in the state."""

from __future__ import annotations

from dataclasses import dataclass, field

import pulumi

from infisical.sdk.base.resource import Resource


@dataclass(frozen=True, kw_only=True)
class RsaKeyPairArgs:
    """A new `trigger` makes a new pair. `bits` is 2048, 3072 or 4096."""

    trigger: pulumi.Input[str] = field(repr=False)
    bits: pulumi.Input[int]


class RsaKeyPair(Resource):
    """
    An RSA key pair that is made once for each trigger and size.

    It exists in the state only.
    """

    pair: pulumi.Output[str]
    """JSON with `private`, `public` and `publicPem`. Marked as secret."""

    def __init__(self, name: str, args: RsaKeyPairArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        trigger = pulumi.Output.secret(args.trigger)
        properties: dict[str, object] = {"trigger": trigger, "bits": args.bits, "pair": None}
        super().__init__("RsaKeyPair", name, properties, opts, secret_outputs=("pair",))
