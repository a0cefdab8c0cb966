"""Infisical's UI in the tailnet."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_command as command

from components.children import child_options


@dataclass(frozen=True)
class TailscaleServeArgs:
    """The port in the tailnet, and the node port that it leads to."""

    port: int
    node_port: int


class TailscaleServe(pulumi.ComponentResource):
    """`tailscale serve` on the machine that runs Pulumi, which has to be the cluster's; undone when it is removed."""

    def __init__(self, name: str, args: TailscaleServeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:secrets:TailscaleServe", name, None, opts)
        served = f"tailscale serve --bg --https {args.port} http://localhost:{args.node_port}"
        command.local.Command(
            "tailscale-serve",
            create=served,
            update=served,
            delete=f"tailscale serve --https {args.port} off",
            # Another port is served by a new command, and the old one's is undone.
            triggers=[args.port, args.node_port],
            opts=child_options(self, opts, delete_before_replace=True),
        )
        self.register_outputs({})
