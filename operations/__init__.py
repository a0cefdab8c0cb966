"""What an owner does with the homelab besides deploying it: one subcommand of `python -m operations` each."""
