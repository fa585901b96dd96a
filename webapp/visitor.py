"""Who asks, as far as an address and a connection tell."""

import contextlib
from ipaddress import ip_address
from typing import Any

from django.conf import settings
from django.http import HttpRequest

LONGEST_NAME = 150  # of any person


def is_program(request: HttpRequest) -> bool:
    """Whether the API is asked. Its path is where views are looked up by; `request.path` may have more before it."""
    return request.path_info.startswith("/api/")


def address(request: HttpRequest) -> str:
    """The visitor's address. Of what a proxy passes on, only the last entry is the proxy's own word."""
    if settings.BEHIND_PROXY and (forwarded := request.headers.get("X-Forwarded-For")):
        with contextlib.suppress(ValueError):  # else a proxy passes on what is none
            return str(ip_address(forwarded.rpartition(",")[2].strip()))
    return str(request.META.get("REMOTE_ADDR", ""))


def name_tried(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """The name that somebody tries to sign in with, as far as any person's reaches."""
    tried = credentials or request.POST
    return str(tried.get("username") or "")[:LONGEST_NAME]


def key(request: HttpRequest) -> str:
    """The person where they have signed in, else the address."""
    return f"user {request.user.pk}" if request.user.is_authenticated else f"address {address(request)}"
