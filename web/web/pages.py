"""All that the front end serves, as the composition roots mount it."""

from fastapi import APIRouter

from web import account, assets, docs, joining, reading

ROUTERS: list[APIRouter] = [assets.router, docs.router, reading.router, joining.router, account.router]
