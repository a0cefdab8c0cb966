"""What the program writes into the cluster, and what it finds there."""
