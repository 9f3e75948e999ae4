"""The hand-written SQL of the reports on documents: what is open by age, and the tax of a period.

Every statement names the company. Texts are fixed but for the names of the party's columns; values are bound.
"""

from invoices.status import InvoiceType

_PARTY = {
    InvoiceType.SALES: ("customer_id", "sales_customer", "RECEIPT"),
    InvoiceType.PURCHASE: ("supplier_id", "purchasing_supplier", "PAYMENT"),
}


# No join with what was undone: it is rare, and a planner that takes it for common looks at every invoice for every voucher.
_STOOD = "{document}.voucher_id NOT IN (SELECT id FROM undone WHERE voucher_date <= %(as_of)s)"


def open_items(invoice_type: InvoiceType) -> str:
    """Party, its code and name, bucket and what is open in base currency at the end of a day; bucket -1 is not applied yet.

    Only what is open now, or was changed after that day, is looked at: what the allocations after it settled is open again.
    """
    party, table, kind = _PARTY[invoice_type]
    return f"""
WITH undone AS (
    SELECT reverses_id AS id, voucher_date FROM accounting_voucher
    WHERE company_id = %(company)s AND reverses_id IS NOT NULL AND source_kind IN ('invoice', 'payment', 'credit_note')
), later AS (
    SELECT invoice_id, payment_id, NULL::uuid AS credit_note_id, amount, settled_base, paid_base
    FROM invoices_paymentallocation WHERE company_id = %(company)s AND allocation_date > %(as_of)s
    UNION ALL
    SELECT invoice_id, NULL, credit_note_id, amount, settled_base, paid_base
    FROM invoices_creditnoteallocation WHERE company_id = %(company)s AND allocation_date > %(as_of)s
), of_invoice AS (
    SELECT invoice_id AS id, sum(amount) AS amount, sum(settled_base) AS base FROM later GROUP BY 1
), of_payment AS (
    SELECT payment_id AS id, sum(amount) AS amount, sum(paid_base) AS base FROM later WHERE payment_id IS NOT NULL GROUP BY 1
), of_note AS (
    SELECT credit_note_id AS id, sum(amount) AS amount, sum(paid_base) AS base FROM later WHERE credit_note_id IS NOT NULL
    GROUP BY 1
), invoice AS (
    SELECT i.{party} AS party,
        width_bucket(%(as_of)s - CASE WHEN %(by_due_date)s THEN coalesce(i.due_date, i.invoice_date) ELSE i.invoice_date END,
            %(starts)s::int[]) AS bucket,
        CASE WHEN i.currency_id = %(base_currency)s THEN i.total_value - i.amount_received + coalesce(l.amount, 0)
            ELSE round(i.total_value * i.exchange_rate, 2) + coalesce(l.base, 0) - invoices_settled_base(i.company_id, i.id)
            END AS open
    FROM invoices_invoice i
    JOIN accounting_voucher v ON v.company_id = %(company)s AND v.id = i.voucher_id AND v.voucher_date <= %(as_of)s
    LEFT JOIN of_invoice l ON l.id = i.id
    WHERE i.company_id = %(company)s AND i.{party} IS NOT NULL AND {_STOOD.format(document="i")}
        AND (i.status IN ('POSTED', 'PARTIALLY_PAID') OR l.id IS NOT NULL OR i.voucher_id IN (SELECT id FROM undone))
), payment AS (
    SELECT p.{party} AS party,
        CASE WHEN p.currency_id = %(base_currency)s THEN p.amount - p.allocated_amount + coalesce(l.amount, 0)
            ELSE round(p.amount * p.exchange_rate, 2) + coalesce(l.base, 0) - coalesce((SELECT sum(a.paid_base)
                    FROM invoices_paymentallocation a WHERE a.company_id = p.company_id AND a.payment_id = p.id), 0)
            END AS open
    FROM invoices_payment p
    JOIN accounting_voucher v ON v.company_id = %(company)s AND v.id = p.voucher_id AND v.voucher_date <= %(as_of)s
    LEFT JOIN of_payment l ON l.id = p.id
    WHERE p.company_id = %(company)s AND p.kind = '{kind}' AND p.{party} IS NOT NULL AND {_STOOD.format(document="p")}
        AND (p.allocated_amount < p.amount OR l.id IS NOT NULL)
), note AS (
    SELECT n.{party} AS party,
        CASE WHEN n.currency_id = %(base_currency)s THEN n.total_value - n.amount_applied + coalesce(l.amount, 0)
            ELSE round(n.total_value * n.exchange_rate, 2) + coalesce(l.base, 0) - coalesce((SELECT sum(a.paid_base)
                    FROM invoices_creditnoteallocation a WHERE a.company_id = n.company_id AND a.credit_note_id = n.id), 0)
            END AS open
    FROM invoices_creditnote n
    JOIN accounting_voucher v ON v.company_id = %(company)s AND v.id = n.voucher_id AND v.voucher_date <= %(as_of)s
    LEFT JOIN of_note l ON l.id = n.id
    WHERE n.company_id = %(company)s AND n.{party} IS NOT NULL AND (n.amount_applied < n.total_value OR l.id IS NOT NULL)
)
SELECT o.party, t.code, t.name, o.bucket, sum(o.open)
FROM (SELECT party, bucket, open FROM invoice
    UNION ALL SELECT party, -1, open FROM payment
    UNION ALL SELECT party, -1, open FROM note) o
JOIN {table} t ON t.company_id = %(company)s AND t.id = o.party
WHERE o.open <> 0 AND (%(party)s::uuid IS NULL OR o.party = %(party)s)
GROUP BY o.party, t.code, t.name, o.bucket
ORDER BY t.name, t.code, o.bucket
"""


_GROUPS = {
    "rate": "NULL::text AS hsn_code, line.gst_rate, NULL::text AS unit, NULL::numeric AS quantity",
    "hsn": "line.hsn_code, line.gst_rate, line.unit, sum(line.quantity) AS quantity",
}


def tax_of_period(by: str) -> str:
    """Taxable value and tax in base currency of what was booked in a period: invoices, less their reversals and notes.

    Of a document in another currency each line takes its part of what was booked, so that the lines add up to the voucher.
    """
    in_base = ",\n        ".join(
        f"CASE WHEN d.rate = 1 THEN d.sign * d.{column} ELSE d.sign * (round(d.rate * sum(d.{column}) OVER lines, 2)"
        f" - round(d.rate * (sum(d.{column}) OVER lines - d.{column}), 2)) END AS {column}"
        for column in ("net", "cgst", "sgst", "utgst", "igst")
    )
    return f"""
WITH v AS (
    SELECT v.id, v.reverses_id FROM accounting_voucher v
    WHERE v.company_id = %(company)s AND v.voucher_date BETWEEN %(first)s AND %(last)s
        AND v.source_kind IN ('invoice', 'credit_note')
), booked AS (
    SELECT v.id AS voucher_id, i.id AS invoice_id, 1 AS sign, NULL::uuid AS note_id
    FROM v JOIN invoices_invoice i ON i.company_id = %(company)s AND i.voucher_id = v.id
    UNION ALL
    SELECT v.id, i.id, -1, NULL
    FROM v JOIN invoices_invoice i ON i.company_id = %(company)s AND i.voucher_id = v.reverses_id
    UNION ALL
    SELECT v.id, n.invoice_id, -1, n.id
    FROM v JOIN invoices_creditnote n ON n.company_id = %(company)s AND n.voucher_id = v.id
), d AS (
    SELECT b.voucher_id, b.sign, l.line_no, i.exchange_rate AS rate, i.party_gstin <> '' AS registered, l.hsn_code,
        l.gst_rate, coalesce(nullif(u.uqc, ''), 'OTH') AS unit,
        coalesce(n.quantity, CASE WHEN b.note_id IS NULL THEN l.quantity END) AS quantity,
        coalesce(n.line_total, l.line_total - l.import_discount) AS net, coalesce(n.cgst, l.cgst) AS cgst,
        coalesce(n.sgst, l.sgst) AS sgst, coalesce(n.utgst, l.utgst) AS utgst, coalesce(n.igst, l.igst) AS igst
    FROM booked b
    JOIN invoices_invoice i ON i.company_id = %(company)s AND i.id = b.invoice_id AND i.invoice_type = %(invoice_type)s
        AND (%(registration)s::text IS NULL OR i.company_state_code = %(registration)s)
    JOIN invoices_invoiceitem l ON l.company_id = %(company)s AND l.invoice_id = i.id
    LEFT JOIN inventory_uom u ON u.company_id = %(company)s AND u.id = l.uom_id
    LEFT JOIN invoices_creditnoteline n ON n.company_id = %(company)s AND n.credit_note_id = b.note_id
        AND n.invoice_item_id = l.id
    WHERE b.note_id IS NULL OR n.id IS NOT NULL
), line AS (
    SELECT d.registered, d.hsn_code, d.gst_rate, d.unit, d.sign * d.quantity AS quantity,
        {in_base}
    FROM d WINDOW lines AS (PARTITION BY d.voucher_id ORDER BY d.line_no)
)
SELECT line.registered, {_GROUPS[by]}, sum(line.net), sum(line.cgst), sum(line.sgst), sum(line.utgst), sum(line.igst)
FROM line
GROUP BY line.registered, line.gst_rate{", line.hsn_code, line.unit" if by == "hsn" else ""}
ORDER BY line.registered DESC, {"line.hsn_code, line.unit, " if by == "hsn" else ""}line.gst_rate
"""
