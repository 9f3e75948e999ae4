"""The numbers that documents have taken."""

import pgtrigger
from django.db import models

from erp.models.guards import NEVER_DELETED, NEVER_TRUNCATED
from erp.models.scoped import CompanyModel, unique_in_company


class NumberSeries(CompanyModel):
    """The last number given of a series; the last lock of a transaction, so a rollback gives the number back."""

    series = models.CharField(max_length=10)
    year = models.SmallIntegerField(default=0)
    last_number = models.IntegerField(default=0)

    class Meta:
        constraints = [
            unique_in_company("numberseries"),
            models.UniqueConstraint(fields=["company", "series", "year"], name="numberseries_one"),
            models.CheckConstraint(condition=models.Q(last_number__gte=0), name="numberseries_not_negative"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="counts_up",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func="""
                IF NEW.last_number < OLD.last_number OR ROW(OLD.id, OLD.company_id, OLD.series, OLD.year)
                        IS DISTINCT FROM ROW(NEW.id, NEW.company_id, NEW.series, NEW.year) THEN
                    RAISE EXCEPTION 'counts_up: a series only counts up'
                        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'counts_up';
                END IF;
                RETURN NEW;
                """,
            ),
            NEVER_DELETED,
            NEVER_TRUNCATED,
        ]

    def __str__(self) -> str:
        return f"{self.series} {self.year} {self.last_number}"
