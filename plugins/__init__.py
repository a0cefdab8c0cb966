"""Pulumi plugins in Python, for machines where the official ones cannot be had."""
