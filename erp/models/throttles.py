"""How often somebody has done what may be done only so often."""

from django.db import models


class Throttle(models.Model):
    """A count of one name in one window of time; of no company, because nobody is known yet. Not worth a crash's care."""

    id = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=64)
    ends_at = models.DateTimeField()
    used = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key", "ends_at"], name="throttle_once"),
            models.CheckConstraint(condition=models.Q(used__gte=0), name="throttle_not_negative"),
        ]
        indexes = [models.Index(fields=["ends_at"], name="throttle_age")]

    def __str__(self) -> str:
        return f"{self.key[:8]} {self.used}"
