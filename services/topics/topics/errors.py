"""What can go wrong with topics, in forum words."""

from chassis.problem import NotAllowed, NotFound


class TopicNotFound(NotFound):
    code, title = "topic_not_found", "There is no such topic"


class Suspended(NotAllowed):
    code, title = "suspended", "This account is suspended"
