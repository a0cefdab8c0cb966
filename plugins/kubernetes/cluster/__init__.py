"""The objects of one API server: connection, discovery, writes and field ownership."""
