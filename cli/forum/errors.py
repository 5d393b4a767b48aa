"""What can stand in the way of a command."""


class Refused(Exception):
    """The command cannot go on; the message is one line that says why and what to do. Exit status 1."""
