"""The messages service: what people answer."""
