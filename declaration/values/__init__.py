"""The keys in Infisical with their values: from the stack config, rotated, and restored."""
