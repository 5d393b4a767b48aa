"""A topic that is not here yet, while the topics themselves are on the other side of a move."""

from uuid import UUID

from fastapi import FastAPI

from chassis.ownership import Ownership
from chassis.passing import PassingOn


async def state_elsewhere(app: FastAPI, topic: UUID) -> str | None:
    """`open` or `locked`, as who owns the topics says; None where there is no such topic, or when that is
    us. Unavailable when no answer comes."""
    ownership: Ownership = app.state.ownership
    pass_on: PassingOn = app.state.pass_on
    elsewhere = ownership.writes_at("topics")
    if elsewhere is None:
        return None
    found = await pass_on.look_up(elsewhere, f"/api/topics/{topic}")
    if found is None:
        return None
    return "locked" if found["locked"] else "open"
