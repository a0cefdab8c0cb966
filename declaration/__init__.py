"""The homelab as data: model, parser, checks and names. Pure: imports neither Pulumi nor other packages of ours."""
