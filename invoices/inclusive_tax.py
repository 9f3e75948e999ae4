"""The GST inside the prices of imported invoices: taken out of each line when it is posted. Reads nothing.

Source: rounding algorithm `tax_inclusive_line`; the policy `import_tax` asks for it.
"""

from decimal import Decimal

import msgspec

from accounting.gst import Component, GstTreatment, place_of_goods, tax_inside
from erp.money import add
from invoices.order_invoices import GstRateMissing
from invoices.posting_rows import InvoiceRow, LineRow, TaxGround
from invoices.posting_rules import import_spread

ZERO = Decimal("0.00")


def with_tax_inside(invoice: InvoiceRow) -> InvoiceRow:
    """The invoice with the taxes that its lines' prices include, net of what a given total takes off; else as it is.

    Raises GstRateMissing for a line without an item or a rate.
    """
    ground = invoice.tax_ground
    if ground is None:
        return invoice
    spread = import_spread(invoice.items_total, invoice.given_total, [line.line_total for line in invoice.lines])
    lines = [
        _with_tax(line, line.line_total - discount, ground) for line, discount in zip(invoice.lines, spread, strict=True)
    ]
    return msgspec.structs.replace(invoice, lines=lines, tax_amount=add([line.tax_inside for line in lines]))


def place_of_supply(ground: TaxGround) -> str:
    return place_of_goods(
        treatment=ground.treatment,
        state=ground.customer_state,
        gstin=ground.customer_gstin,
        supplier_state=ground.state_code,
    )


def _with_tax(line: LineRow, gross: Decimal, ground: TaxGround) -> LineRow:
    if line.item_rate is None:
        text = f"{line.item_code} has no GST rate, and its price is to include the tax."
        raise GstRateMissing(text, data={"item": line.item_id, "line_no": line.line_no})
    net, taxes = tax_inside(
        gross,
        line.item_rate,
        supplier_state=ground.state_code,
        place_of_supply=place_of_supply(ground),
        sez=ground.treatment == GstTreatment.SEZ,
    )
    amounts = {tax.component: tax.amount for tax in taxes}
    return msgspec.structs.replace(
        line,
        gst_rate=line.item_rate,
        cgst=amounts.get(Component.CGST, ZERO),
        sgst=amounts.get(Component.SGST, ZERO),
        utgst=amounts.get(Component.UTGST, ZERO),
        igst=amounts.get(Component.IGST, ZERO),
        tax_inside=gross - net,
    )
