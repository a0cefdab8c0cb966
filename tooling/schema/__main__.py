"""`python -m tooling.schema`: write the JSON Schemas that editors read."""

from tooling.schema.files import write

write()
