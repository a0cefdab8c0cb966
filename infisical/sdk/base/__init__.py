"""What the resource classes share, and the connection to one server."""
