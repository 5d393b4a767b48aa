"""All that the front end serves, as the composition roots mount it."""

from fastapi import APIRouter

from web import account, assets, changing, docs, feeds, joining, people, reading, searching, status, writing

ROUTERS: list[APIRouter] = [
    assets.router,
    docs.router,
    writing.router,  # before reading: /topics/new is no topic's id
    changing.router,
    reading.router,
    searching.router,
    people.router,
    feeds.router,
    status.router,
    joining.router,
    account.router,
]
