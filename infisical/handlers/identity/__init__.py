"""Identity: a machine identity that can read some folders of one environment, and nothing else."""
