"""Repeatable measurements of the homelab's program, beside what a user would pick instead."""
