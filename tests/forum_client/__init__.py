"""A client that speaks forum: `ada = forum.register("ada"); topic = ada.starts_topic(title="Tea")`."""

from forum_client.answers import Asked, Json, accepted, refused
from forum_client.forum import Forum, unique
from forum_client.person import PASSWORD, Person, path_of
from forum_client.stream import Event, Stream
from forum_client.waiting import eventually

__all__ = [
    "PASSWORD",
    "Asked",
    "Event",
    "Forum",
    "Json",
    "Person",
    "Stream",
    "accepted",
    "eventually",
    "path_of",
    "refused",
    "unique",
]
