"""
A typed, asynchronous client of a self-hosted Infisical's API.

Each module is about one kind of object; all of them send their calls through an `http.session.Session`.
"""
