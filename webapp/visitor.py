"""Who asks, as far as an address tells."""

from django.conf import settings
from django.http import HttpRequest


def address(request: HttpRequest) -> str:
    """The visitor's address. Of what a proxy passes on, only the last entry is the proxy's own word."""
    if settings.BEHIND_PROXY and (forwarded := request.headers.get("X-Forwarded-For")):
        return forwarded.rpartition(",")[2].strip()[:45]
    return str(request.META.get("REMOTE_ADDR", ""))


def key(request: HttpRequest) -> str:
    """The person where they have signed in, else the address."""
    return f"user {request.user.pk}" if request.user.is_authenticated else f"address {address(request)}"
