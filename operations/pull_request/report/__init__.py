"""What the reviewer reads: Markdown in which no known secret is left."""
