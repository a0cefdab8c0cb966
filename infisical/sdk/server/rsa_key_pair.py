"""An RSA key pair in the state."""

from __future__ import annotations

from dataclasses import dataclass, field

import pulumi

from infisical.sdk.base.resource import Resource


@dataclass(frozen=True, kw_only=True)
class RsaKeyPairArgs:
    """`seed` has at least 256 random bits. `bits` is 2048, 3072 or 4096."""

    seed: pulumi.Input[str] = field(repr=False)
    bits: pulumi.Input[int]


class RsaKeyPair(Resource):
    """
    An RSA key pair that is computed once for each seed and size, because that takes seconds.

    It exists in the state only. The same seed and size make the same pair again.
    """

    pair: pulumi.Output[str]
    """JSON with `private`, `public` and `publicPem`. Marked as secret."""

    def __init__(self, name: str, args: RsaKeyPairArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        seed = pulumi.Output.secret(args.seed)
        properties: dict[str, object] = {"seed": seed, "bits": args.bits, "pair": None}
        super().__init__("RsaKeyPair", name, properties, opts, secret_outputs=("pair",))
