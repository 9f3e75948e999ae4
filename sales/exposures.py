"""What a customer owes and will owe: the balance of his account, and what of his confirmed orders is not yet posted."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db import connection

from accounting.entries import party_balances
from accounting.kinds import AccountRole
from accounting.rates import rate_on
from erp.access import Actor
from erp.cautions import Caution
from erp.money import add, base_amount, half_up_share
from erp.problems import Conflict
from erp.spelling import amount_text
from sales.models import Customer, SalesOrder

_OPEN_ORDERS = """
SELECT o.total_amount, p.open, p.whole, CASE WHEN o.currency_id = k.base_currency_id THEN 1 ELSE coalesce((
        SELECT x.rate FROM accounting_exchangerate x
        WHERE x.company_id = k.id AND x.currency_id = o.currency_id ORDER BY x.rate_date DESC LIMIT 1), 0) END
FROM sales_salesorder o
JOIN erp_company k ON k.id = o.company_id
JOIN LATERAL (
    SELECT sum((l.line_total + l.tax_amount) * (l.quantity - l.posted_qty) / l.quantity) AS open,
        sum(l.line_total + l.tax_amount) AS whole
    FROM sales_salesorderline l WHERE l.company_id = o.company_id AND l.order_id = o.id
) p ON true
WHERE o.company_id = %(company)s AND o.customer_id = %(customer)s AND o.status IN ('CONFIRMED', 'IN_PROGRESS')
"""
# An order in another currency counts at the last rate known. One without any was confirmed when its customer had no limit.


class CreditLimitExceeded(Conflict):
    """The order would take the customer past his credit limit: `data` has both. Take money, or raise the limit."""

    code = "credit-limit-exceeded"


def exposure_of(actor: Actor, customer_id: UUID) -> Decimal:
    """In base currency, two places: open invoices less unapplied money, and the rest of confirmed orders with its tax."""
    balance = party_balances(actor.company_id, AccountRole.RECEIVABLE, [customer_id])[customer_id]
    with connection.cursor() as cursor:
        cursor.execute(_OPEN_ORDERS, {"company": actor.company_id, "customer": customer_id})
        rows = cursor.fetchall()
    rest = [base_amount(half_up_share(total, still_open, whole), rate) for total, still_open, whole, rate in rows if whole]
    return add([balance, *rest])


def judge_credit(actor: Actor, customer: Customer, order: SalesOrder, *, day: date) -> list[Caution]:
    """What to say when the order would take the customer past his limit; 0.00 is no limit. He is locked.

    By the company's `credit_check` it is refused (CreditLimitExceeded), warned of, or not looked at. An order in another
    currency is worth its total at the rate of the day. Raises NoExchangeRate (409) when there is none to judge it by.
    """
    if not customer.credit_limit or actor.company.credit_check == "off":
        return []
    rate = rate_on(actor, actor, currency_id=order.currency_id, code=order.currency.code, day=day)
    exposure = exposure_of(actor, customer.id) + base_amount(order.total_amount, rate)
    if exposure <= customer.credit_limit:
        return []
    text = f"With this order {customer.name} would owe {exposure:.2f}; his limit is {customer.credit_limit:.2f}."
    if actor.company.credit_check == "warn":
        return [Caution(code=CreditLimitExceeded.code, message=text)]
    raise CreditLimitExceeded(text, data={"limit": amount_text(customer.credit_limit), "exposure": amount_text(exposure)})
