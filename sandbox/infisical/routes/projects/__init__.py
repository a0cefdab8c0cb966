"""Routes of projects, their environments, members and roles."""
