"""Running a forum on one machine: its folder, its embedded PostgreSQL, its processes."""
