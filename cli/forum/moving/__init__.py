"""Bringing people, topics and messages in, and taking them out."""
