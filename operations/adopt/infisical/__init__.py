"""Takes over an Infisical that somebody set up in its UI."""
