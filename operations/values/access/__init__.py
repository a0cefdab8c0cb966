"""Infisical and the stack, as these commands reach them."""
