"""Draw a number and see it read: each drawing is a batch of one."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from webapp.access import owned
from webapp.forms import DrawingForm
from webapp.models import Batch, Image
from webapp.views.signed_in import SignedInRequest

RECENT = 12


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: SignedInRequest) -> HttpResponse:
    if request.method == "POST":
        form = DrawingForm(request.POST, request.FILES)
        if not form.is_valid():
            return render(request, "webapp/draw.html", {"form": form}, status=400)
        batch = Batch(owner=request.user, name=_("Drawing"), source=Batch.Source.DRAWING, expected=1)
        batch.take_in({0: form.cleaned_data["drawing"]})
        return redirect("image", pk=batch.images.get().pk)
    recent = owned(Image.objects.all(), request.user).drawings().with_answers().newest_first()[:RECENT]
    return render(request, "webapp/draw.html", {"recent": recent})
