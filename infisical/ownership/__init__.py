"""What exists in the cluster, who manages it, and what a namespace contains. Reads no more than it needs."""
