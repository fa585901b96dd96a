from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from webapp.api import api
from webapp.views.signed_in import SignedInRequest


@require_safe
def page(request: SignedInRequest) -> HttpResponse:
    """Every address of the API, from its own description."""
    paths = api.get_openapi_schema()["paths"]
    addresses = [
        {"method": method.upper(), "path": path, "says": said.get("description") or said["summary"]}
        for path, methods in paths.items()
        for method, said in methods.items()
    ]
    context = {"addresses": addresses, "site": request.build_absolute_uri("/").rstrip("/")}
    return render(request, "webapp/api.html", context)
