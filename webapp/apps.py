from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.core.checks import register
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

from webapp import checks, groups


class WebappConfig(AppConfig):
    name = "webapp"
    verbose_name = _("Handwritten digits")

    def ready(self) -> None:
        register(checks.unsafe_settings, "production")
        post_migrate.connect(groups.make_groups, dispatch_uid="groups")


class DigitsAdminConfig(AdminConfig):
    default_site = "webapp.admin_site.DigitsAdminSite"
