"""Repeatable measurements of the homelab's program, compared with the alternative."""
