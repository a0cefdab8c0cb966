"""What a backup contains."""
