"""The forum command."""
