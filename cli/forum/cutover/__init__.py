"""Moving a running forum from the monolith to the services, one at a time, and back."""
