"""Routes of the bootstrap, users and organizations."""
