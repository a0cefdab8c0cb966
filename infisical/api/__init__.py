"""A typed, asynchronous client of a self-hosted Infisical's API: one noun per module, all over one "
"`http.session.Session`."""
