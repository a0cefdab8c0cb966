"""Writes the declaration, in its shortest form."""
