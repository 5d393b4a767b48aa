"""What pages of web expect of the API, by group of pages."""

from pacts.pages import account, changing, finding, joining, people, reading, writing

GROUPS = (reading, finding, people, joining, account, writing, changing)
VISITS = [visit for group in GROUPS for visit in group.VISITS]
