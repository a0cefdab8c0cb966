"""What an owner does with the homelab beside deploying it: one subcommand of `python -m operations` each."""
