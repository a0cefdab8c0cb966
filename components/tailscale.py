"""Infisical's UI in the tailnet."""

from __future__ import annotations

import pulumi
import pulumi_command as command

from components.children import child_options


class TailscaleServe(pulumi.ComponentResource):
    """
    `tailscale serve` on the machine that runs Pulumi, which must be the cluster's. Removing it stops the serving.

    :param port: in the tailnet
    :param node_port: the node port that it leads to
    """

    def __init__(self, name: str, *, port: int, node_port: int, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:secrets:TailscaleServe", name, None, opts)
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
