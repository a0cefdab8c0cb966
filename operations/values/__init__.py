"""`import-values`, `export-values`, `run` and `openclaw-provider`: the values of the declared keys, in and out."""
