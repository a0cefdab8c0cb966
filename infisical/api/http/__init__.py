"""HTTP: one `Session` over one `Server`, calls as data, answers read with types."""
