"""From Terraform: its variables become encrypted config, and the objects that it made are taken over."""
