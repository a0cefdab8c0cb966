"""A simulated homelab: what pulumi, kubectl and Infisical answer to a rotation."""
