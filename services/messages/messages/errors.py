"""What can go wrong with messages, in forum words."""

from chassis.problem import NotAllowed, NotFound, Problem


class TopicNotFound(NotFound):
    code, title = "topic_not_found", "There is no such topic"


class MessageNotFound(NotFound):
    code, title = "message_not_found", "There is no such message"


class Suspended(NotAllowed):
    code, title = "suspended", "This account is suspended"


class TopicLocked(Problem):
    status, code, title = 409, "topic_locked", "This topic is locked"
