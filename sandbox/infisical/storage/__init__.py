"""What the fake Infisical server keeps on disk: its database, and the encryption at rest."""
