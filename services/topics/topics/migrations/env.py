"""Alembic's entry to this history."""

from chassis.migrate import run_environment

run_environment()
