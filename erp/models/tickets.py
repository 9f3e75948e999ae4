"""What opens a stream once."""

from django.db import models

from erp.models.companies import Login
from erp.models.scoped import CompanyModel, unique_in_company


class StreamTicket(CompanyModel):
    """A ticket that nobody has used yet, known by its hash, with the login or the key that asked for it.

    Gone with the stream that it opened. The key may be that of the environment, which has no row.
    """

    digest = models.CharField(max_length=64)
    login = models.ForeignKey(Login, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    key_id = models.UUIDField(null=True)
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            unique_in_company("streamticket"),
            models.UniqueConstraint(fields=["digest"], name="streamticket_digest"),
            models.CheckConstraint(
                condition=models.Q(login__isnull=True, key_id__isnull=False)
                | models.Q(login__isnull=False, key_id__isnull=True),
                name="streamticket_of_one",
            ),
        ]
        indexes = [models.Index(fields=["company", "expires_at"], name="streamticket_age")]

    def __str__(self) -> str:
        return self.digest[:8]
