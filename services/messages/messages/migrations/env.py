"""Alembic's entry: the revisions run in the connection of `chassis.migrate`."""

from chassis.migrate import run_environment

run_environment()
