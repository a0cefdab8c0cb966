"""Infisical's UI in the tailnet."""

from __future__ import annotations

import pulumi
import pulumi_command as command

from components.base.children import child_options
from declaration import Infisical


class TailscaleServe(pulumi.ComponentResource):
    """
    `tailscale serve` on the machine that runs Pulumi, which must be the cluster's. Removing it stops the serving.

    :param infisical: with `tailscale_port`, the port in the tailnet
    """

    def __init__(self, name: str, *, infisical: Infisical, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:secrets:TailscaleServe", name, None, opts)
        port, node_port = infisical.tailscale_port, infisical.node_port
        served = f"tailscale serve --bg --https {port} http://localhost:{node_port}"
        command.local.Command(
            "tailscale-serve",
            create=served,
            update=served,
            delete=f"tailscale serve --https {port} off",
            # A new port replaces the command, which stops serving the old port.
            triggers=[port, node_port],
            opts=child_options(self, opts, delete_before_replace=True),
        )
        self.register_outputs({})
