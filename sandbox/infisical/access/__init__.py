"""Who may do what on the fake Infisical server: tokens, actors, roles and permission rules."""
