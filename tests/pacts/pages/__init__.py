"""What pages of web expect of the API, by group of pages."""

from pacts.pages import account, changing, joining, reading, writing

VISITS = [*reading.VISITS, *joining.VISITS, *account.VISITS, *writing.VISITS, *changing.VISITS]
