"""Files with values: dotenv, JSON and YAML, also as Infisical and Doppler export them."""
