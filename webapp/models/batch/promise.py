"""What can be promised of the answers that the dial accepts."""

from typing import TYPE_CHECKING

from django.db import models

from webapp.models.batch.dial import Dial

if TYPE_CHECKING:
    from webapp.models.certificate import Certificate


class Promise(Dial):
    certificates: "models.QuerySet[Certificate]"

    class Meta:
        abstract = True

    @property
    def certificate(self) -> "Certificate | None":
        """The lot that was drawn last."""
        return self.certificates.order_by("-pk").first()

    @property
    def promise(self) -> "Certificate | None":
        """The last lot of which something was looked at: an earlier one is of what was accepted then."""
        return next((lot for lot in self.certificates.order_by("-pk") if lot.now.looked), None)

    @property
    def certificate_sentence(self) -> str:
        """How many of the accepted are wrong at most, and of which answers that is; nothing where nobody has looked."""
        promise = self.promise
        return promise.sentence if promise else ""
