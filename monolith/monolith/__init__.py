"""The three services and the web front end as one application."""
