"""A stack without a cluster or Infisical: its folder, its throw-away secrets, its providers."""
