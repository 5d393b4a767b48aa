"""The topics service: what people talk about."""
