"""What the fake Infisical server keeps: its database, the encryption at rest, and the stored objects."""
