"""Routes of machine identities, their auth methods and their access tokens."""
