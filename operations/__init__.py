"""What an owner does with a homelab that is deployed, beside `pulumi up`: `python -m operations COMMAND`."""
