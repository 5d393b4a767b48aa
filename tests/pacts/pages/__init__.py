"""What pages of web expect of the API, by group of pages."""

from pacts.pages import account, joining, reading

VISITS = [*reading.VISITS, *joining.VISITS, *account.VISITS]
