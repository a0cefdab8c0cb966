"""What an app's Secret holds, as the operator makes it from Infisical's values."""
