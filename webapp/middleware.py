from collections.abc import Callable

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import resolve_url


class SignInMiddleware(LoginRequiredMiddleware):
    """Everything but what is marked otherwise is for people who have signed in.

    A page's script is told so (401), and htmx to load the whole sign-in page: following the redirect would put that
    page into a corner of this one.
    """

    def handle_no_permission(  # type: ignore[override]
        self, request: HttpRequest, view_func: Callable[..., HttpResponseBase]
    ) -> HttpResponseBase:
        if "HX-Request" in request.headers:
            return HttpResponse(status=401, headers={"HX-Redirect": resolve_url("login")})
        if request.headers.get("X-Requested-With") == "fetch":
            return HttpResponse(status=401)
        return super().handle_no_permission(request, view_func)
