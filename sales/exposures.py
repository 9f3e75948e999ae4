"""What a customer owes and will owe: the balance of his account, and what of his confirmed orders is not yet posted."""

from decimal import Decimal
from uuid import UUID

from django.db import connection

from accounting.entries import party_balances
from accounting.kinds import AccountRole
from erp.access import Actor
from erp.cautions import Caution
from erp.money import half_up_share
from erp.problems import Conflict
from erp.spelling import amount_text
from sales.models import Customer

_OPEN_ORDERS = """
SELECT o.total_amount, p.open, p.whole
FROM sales_salesorder o
JOIN LATERAL (
    SELECT sum((l.line_total + l.tax_amount) * (l.quantity - l.posted_qty) / l.quantity) AS open,
        sum(l.line_total + l.tax_amount) AS whole
    FROM sales_salesorderline l WHERE l.company_id = o.company_id AND l.order_id = o.id
) p ON true
WHERE o.company_id = %(company)s AND o.customer_id = %(customer)s AND o.status IN ('CONFIRMED', 'IN_PROGRESS')
    AND o.currency_id = %(currency)s
"""


class CreditLimitExceeded(Conflict):
    """The order would take the customer past his credit limit: `data` has both. Take money, or raise the limit."""

    code = "credit-limit-exceeded"


def exposure_of(actor: Actor, customer_id: UUID) -> Decimal:
    """In base currency, two places: open invoices less unapplied money, and the rest of confirmed orders with its tax."""
    balance = party_balances(actor.company_id, AccountRole.RECEIVABLE, [customer_id])[customer_id]
    with connection.cursor() as cursor:
        cursor.execute(
            _OPEN_ORDERS,
            {"company": actor.company_id, "customer": customer_id, "currency": actor.company.base_currency_id},
        )
        rows = cursor.fetchall()
    return balance + sum((half_up_share(total, still_open, whole) for total, still_open, whole in rows if whole), Decimal(0))


def judge_credit(actor: Actor, customer: Customer, more: Decimal) -> list[Caution]:
    """What to say when `more` would take the customer past his limit; 0.00 is no limit. He is locked.

    By the company's `credit_check` it is refused (CreditLimitExceeded), warned of, or not looked at.
    """
    if not customer.credit_limit or actor.company.credit_check == "off":
        return []
    exposure = exposure_of(actor, customer.id) + more
    if exposure <= customer.credit_limit:
        return []
    text = f"With this order {customer.name} would owe {exposure:.2f}; his limit is {customer.credit_limit:.2f}."
    if actor.company.credit_check == "warn":
        return [Caution(code=CreditLimitExceeded.code, message=text)]
    raise CreditLimitExceeded(text, data={"limit": amount_text(customer.credit_limit), "exposure": amount_text(exposure)})
