"""Infisical and what is around it: how it is installed, set up and reached, and its credentials."""
