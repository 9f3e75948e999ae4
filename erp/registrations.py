"""GST registrations of a company on a day."""

from datetime import date

from django.db.models import Q, QuerySet

from erp.models import Registration
from erp.models.scoped import HasCompany


def registrations_on(scope: HasCompany, day: date) -> QuerySet[Registration]:
    """Those that had not ended by then."""
    return Registration.objects.of(scope).filter(Q(valid_to__isnull=True) | Q(valid_to__gte=day))
