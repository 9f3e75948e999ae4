"""Files that people send: proof that goods arrived, a courier's logo. What is known of each; its bytes lie in a folder."""

from django.db import models

from erp.models.guards import APPEND_ONLY, NEVER_TRUNCATED
from erp.models.scoped import CompanyModel, code_check, unique_in_company

MEDIA_TYPES = ("image/jpeg", "image/png", "image/gif", "image/webp", "application/pdf")


class StoredFile(CompanyModel):
    """A file as it was sent, under a name of our own; its type is what its content says. `size` in bytes."""

    media_type = models.CharField(max_length=15)
    size = models.IntegerField()
    sha256 = models.BinaryField(max_length=32)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            unique_in_company("storedfile"),
            code_check("media_type", MEDIA_TYPES, "storedfile_media_type"),
            models.CheckConstraint(condition=models.Q(size__gt=0), name="storedfile_size"),
        ]
        triggers = [APPEND_ONLY, NEVER_TRUNCATED]

    def __str__(self) -> str:
        return f"{self.id} {self.media_type}"
