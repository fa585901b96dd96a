from django.http import HttpRequest

from webapp.models import User


class SignedInRequest(HttpRequest):
    """A request of somebody: LoginRequiredMiddleware lets no other through to a view."""

    user: User
