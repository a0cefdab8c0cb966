"""Routes of secrets, folders and secret imports."""
