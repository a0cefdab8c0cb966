"""What all handlers share: the base class, inputs as data, triggers, resource ids."""
