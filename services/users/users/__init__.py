"""The users service: accounts, sessions and signing keys."""
