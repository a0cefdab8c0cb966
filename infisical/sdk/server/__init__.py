"""Objects of Infisical."""
