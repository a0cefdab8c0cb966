"""The JSON Schema of the declaration, for editors: made from the tables of `docs/reference/declaration.md`."""
