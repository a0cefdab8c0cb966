"""Infisical set up as code: its server, the values, and the identity of the operator."""
