from decimal import Decimal

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import erp.fields
from erp.migrating import Together, add_company_foreign_key, create_audit_views, run_sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("accounting", "0003_exchange_rates"),
        ("erp", "0019_learn_sizes"),
        ("inventory", "0006_packs_and_versions"),
        ("invoices", "0012_numbers_of_undone_history"),
        ("purchasing", "0004_masters"),
        ("sales", "0005_salesmen_of_customers"),
    ]

    operations = [
        Together(
            pgtrigger.migrations.RemoveTrigger(
                model_name="creditnote",
                name="begins_in_books",
            ),
            pgtrigger.migrations.RemoveTrigger(
                model_name="creditnote",
                name="follows_books",
            ),
            migrations.RemoveConstraint(
                model_name="invoiceitem",
                name="invoiceitem_grni_of_an_order",
            ),
            migrations.RemoveConstraint(
                model_name="invoiceitem",
                name="invoiceitem_of_one_order",
            ),
            migrations.RemoveConstraint(
                model_name="invoiceitem",
                name="invoiceitem_account_of_no_goods",
            ),
        ),
        migrations.AddField(
            model_name="invoiceitem",
            name="receipt_line",
            field=erp.fields.CompanyForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="purchasing.goodsreceiptline",
            ),
        ),
        Together(
            migrations.AddIndex(
                model_name="invoiceitem",
                index=models.Index(
                    condition=models.Q(("receipt_line__isnull", False)),
                    fields=["company", "receipt_line"],
                    name="invoiceitem_by_receipt_line",
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="creditnote",
                trigger=pgtrigger.compiler.Trigger(
                    name="begins_in_books",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        condition='WHEN (NEW."version" >= 1)',
                        constraint="CONSTRAINT",
                        declare="DECLARE doc record; booked record; settled record;",
                        func="\n    SELECT n.*, coalesce(n.customer_id, n.supplier_id) AS party_id, i.customer_id AS invoiced_customer,\n        i.supplier_id AS invoiced_supplier, i.currency_id AS invoiced_currency, i.exchange_rate AS invoiced_rate,\n        round(n.total_value * n.exchange_rate, 2) AS worth,\n        CASE WHEN n.supplier_id IS NULL THEN 1 ELSE -1 END AS sign,\n        CASE WHEN n.supplier_id IS NULL THEN 'RECEIVABLE' ELSE 'PAYABLE' END AS party_role,\n        CASE WHEN n.supplier_id IS NULL THEN 'OUTPUT_' ELSE 'INPUT_' END AS tax_side,\n        i.status IN ('POSTED', 'PARTIALLY_PAID', 'PAID') AS invoice_stands,\n        (SELECT v.source_kind = 'credit_note' AND v.source_id = n.id\n                AND v.kind = CASE WHEN n.supplier_id IS NULL THEN 'CREDIT_NOTE' ELSE 'DEBIT_NOTE' END AND NOT EXISTS (\n                SELECT 1 FROM accounting_voucher r WHERE r.company_id = v.company_id AND r.reverses_id = v.id)\n            FROM accounting_voucher v WHERE v.company_id = n.company_id AND v.id = n.voucher_id) AS stands,\n        l.rows, l.net, l.tax, l.taxes, (SELECT coalesce(sum(a.amount), 0) FROM invoices_creditnoteallocation a\n            WHERE a.company_id = n.company_id AND a.credit_note_id = n.id) AS allocated\n    INTO doc FROM invoices_creditnote n\n    JOIN invoices_invoice i ON i.company_id = n.company_id AND i.id = n.invoice_id\n    CROSS JOIN LATERAL (\n        SELECT count(*) AS rows, sum(line_total) AS net, sum(cgst + sgst + utgst + igst) AS tax,\n            ARRAY[round(sum(cgst) * n.exchange_rate, 2), round(sum(sgst) * n.exchange_rate, 2),\n                round(sum(utgst) * n.exchange_rate, 2), round(sum(igst) * n.exchange_rate, 2)] AS taxes\n        FROM invoices_creditnoteline WHERE company_id = n.company_id AND credit_note_id = n.id) l\n    WHERE n.id = NEW.id;\n    IF doc.rows = 0 OR doc.subtotal <> doc.net OR doc.tax_amount <> doc.tax THEN\n        RAISE EXCEPTION 'credit_note_adds_up: subtotal or tax of credit note % differs from its lines', doc.id\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'credit_note_adds_up';\n    END IF;\n    IF doc.customer_id IS DISTINCT FROM doc.invoiced_customer OR doc.supplier_id IS DISTINCT FROM doc.invoiced_supplier\n       OR doc.currency_id <> doc.invoiced_currency OR (doc.status <> 'CANCELLED'\n           AND (NOT doc.invoice_stands OR doc.exchange_rate <> doc.invoiced_rate)) THEN\n        RAISE EXCEPTION 'credit_of_posted_invoice: credit note % is of a posted invoice of its party', doc.id\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'credit_of_posted_invoice';\n    END IF;\n    IF doc.amount_applied <> doc.allocated THEN\n        RAISE EXCEPTION 'allocation_adds_up: credit note % says that % is applied', doc.id, doc.amount_applied\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'allocation_adds_up';\n    END IF;\n    IF doc.status <> 'POSTED' THEN\n        RETURN NULL;\n    END IF;\n    IF doc.stands IS NOT TRUE THEN\n        RAISE EXCEPTION 'posted_has_voucher: credit note % is posted without a standing voucher of its own', doc.id\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'posted_has_voucher';\n    END IF;\n    SELECT coalesce(sum(a.paid_base), 0) AS paid, coalesce(sum(a.paid_base - a.settled_base) FILTER (WHERE NOT EXISTS (\n            SELECT 1 FROM accounting_voucher v WHERE v.company_id = a.company_id AND v.source_kind = 'credit_allocation'\n                AND v.source_id = a.id)), 0) AS gained\n    INTO settled FROM invoices_creditnoteallocation a WHERE a.company_id = doc.company_id AND a.credit_note_id = doc.id;\n    IF doc.exchange_rate <> 1 AND doc.amount_applied = doc.total_value AND settled.paid <> doc.worth THEN\n        RAISE EXCEPTION 'settled_in_base: credit note % is applied, and part of what it was booked at is open', doc.id\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'settled_in_base';\n    END IF;\n    SELECT doc.sign * coalesce(sum(e.credit - e.debit) FILTER (WHERE e.role = doc.party_role), 0) AS party,\n        -doc.sign * coalesce(sum(e.amount_currency) FILTER (WHERE e.role = doc.party_role), 0) AS foreign_party,\n        doc.sign * coalesce(sum(e.credit - e.debit) FILTER (WHERE e.role = 'FX_REALISED'), 0) AS gained,\n        bool_or((e.role IN ('RECEIVABLE', 'PAYABLE') AND (e.role <> doc.party_role OR doc.party_id <> (SELECT a.owner_id\n                FROM accounting_ledgeraccount a WHERE a.company_id = e.company_id AND a.id = e.account_id)))\n            OR (e.role LIKE '%PUT_%' AND e.role NOT LIKE doc.tax_side || '%') OR e.role = 'GRNI') AS astray,\n        ARRAY[doc.sign * coalesce(sum(e.debit - e.credit) FILTER (WHERE e.role = doc.tax_side || 'CGST'), 0),\n            doc.sign * coalesce(sum(e.debit - e.credit) FILTER (WHERE e.role = doc.tax_side || 'SGST'), 0),\n            doc.sign * coalesce(sum(e.debit - e.credit) FILTER (WHERE e.role = doc.tax_side || 'UTGST'), 0),\n            doc.sign * coalesce(sum(e.debit - e.credit) FILTER (WHERE e.role = doc.tax_side || 'IGST'), 0)] AS taxes\n    INTO booked FROM accounting_ledgerentry e WHERE e.company_id = doc.company_id AND e.voucher_id = doc.voucher_id;\n    IF booked.astray OR booked.taxes <> doc.taxes OR booked.party <> doc.worth - settled.gained\n       OR booked.gained <> settled.gained OR (booked.party <> 0 AND booked.foreign_party <> doc.total_value) THEN\n        RAISE EXCEPTION 'voucher_is_the_document: party and tax legs of credit note % are its total and taxes', doc.id\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'voucher_is_the_document';\n    END IF;\n    IF EXISTS (\n        SELECT 1 FROM (SELECT invoice_item_id, returned_qty FROM invoices_creditnoteline\n            WHERE company_id = doc.company_id AND credit_note_id = doc.id AND returned_qty > 0) l\n        FULL JOIN (SELECT source_line_id, sum(quantity) AS quantity FROM inventory_stockmovement\n            WHERE company_id = doc.company_id AND voucher_id = doc.voucher_id GROUP BY 1) m\n            ON m.source_line_id = l.invoice_item_id\n        WHERE doc.sign * l.returned_qty IS DISTINCT FROM m.quantity) THEN\n        RAISE EXCEPTION 'returned_goods_move: what credit note % returns is what its movements move', doc.id\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'returned_goods_move';\n    END IF;\n    IF doc.warehouse_id IS NOT NULL AND (SELECT coalesce(sum(returned_qty), 0) FROM invoices_creditnoteline\n            WHERE company_id = doc.company_id AND credit_note_id = doc.id) <> (\n        SELECT coalesce(sum(m.quantity), 0) FROM inventory_stockmovement m\n        WHERE m.company_id = doc.company_id AND m.source_id = doc.transfer_id AND m.warehouse_id = doc.warehouse_id\n            AND m.kind = 'TRANSFER' AND m.quantity > 0) THEN\n        RAISE EXCEPTION 'returned_goods_move: what credit note % returns is not where it says', doc.id\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'returned_goods_move';\n    END IF;\n    IF doc.supplier_id IS NOT NULL AND EXISTS (\n        SELECT 1 FROM inventory_stockmovement m\n        JOIN inventory_layerconsumption c ON c.company_id = m.company_id AND c.movement_id = m.id\n        JOIN invoices_invoiceitem l ON l.company_id = m.company_id AND l.id = m.source_line_id\n        WHERE m.company_id = doc.company_id AND m.voucher_id = doc.voucher_id AND NOT EXISTS (\n            SELECT 1 FROM purchasing_goodsreceiptline g\n            WHERE g.company_id = c.company_id AND g.layer_id = c.layer_id\n                AND (g.order_line_id = l.purchase_line_id OR g.id = l.receipt_line_id))) THEN\n        RAISE EXCEPTION 'returned_from_receipts: what debit note % returns leaves other layers than those it came in', doc.id\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'returned_from_receipts';\n    END IF;\n    RETURN NULL;\n",
                        hash="42ef08c33443f2933ae05739a13bcf8c3bbc015b",
                        operation="INSERT",
                        pgid="pgtrigger_begins_in_books_a685b",
                        table="invoices_creditnote",
                        timing="DEFERRABLE INITIALLY DEFERRED",
                        when="AFTER",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="creditnote",
                trigger=pgtrigger.compiler.Trigger(
                    name="follows_books",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        condition='WHEN (OLD."amount_applied" IS DISTINCT FROM (NEW."amount_applied") OR OLD."status" IS DISTINCT FROM (NEW."status") OR OLD."voucher_id" IS DISTINCT FROM (NEW."voucher_id"))',
                        constraint="CONSTRAINT",
                        declare="DECLARE doc record; booked record; settled record;",
                        func="\n    SELECT n.*, coalesce(n.customer_id, n.supplier_id) AS party_id, i.customer_id AS invoiced_customer,\n        i.supplier_id AS invoiced_supplier, i.currency_id AS invoiced_currency, i.exchange_rate AS invoiced_rate,\n        round(n.total_value * n.exchange_rate, 2) AS worth,\n        CASE WHEN n.supplier_id IS NULL THEN 1 ELSE -1 END AS sign,\n        CASE WHEN n.supplier_id IS NULL THEN 'RECEIVABLE' ELSE 'PAYABLE' END AS party_role,\n        CASE WHEN n.supplier_id IS NULL THEN 'OUTPUT_' ELSE 'INPUT_' END AS tax_side,\n        i.status IN ('POSTED', 'PARTIALLY_PAID', 'PAID') AS invoice_stands,\n        (SELECT v.source_kind = 'credit_note' AND v.source_id = n.id\n                AND v.kind = CASE WHEN n.supplier_id IS NULL THEN 'CREDIT_NOTE' ELSE 'DEBIT_NOTE' END AND NOT EXISTS (\n                SELECT 1 FROM accounting_voucher r WHERE r.company_id = v.company_id AND r.reverses_id = v.id)\n            FROM accounting_voucher v WHERE v.company_id = n.company_id AND v.id = n.voucher_id) AS stands,\n        l.rows, l.net, l.tax, l.taxes, (SELECT coalesce(sum(a.amount), 0) FROM invoices_creditnoteallocation a\n            WHERE a.company_id = n.company_id AND a.credit_note_id = n.id) AS allocated\n    INTO doc FROM invoices_creditnote n\n    JOIN invoices_invoice i ON i.company_id = n.company_id AND i.id = n.invoice_id\n    CROSS JOIN LATERAL (\n        SELECT count(*) AS rows, sum(line_total) AS net, sum(cgst + sgst + utgst + igst) AS tax,\n            ARRAY[round(sum(cgst) * n.exchange_rate, 2), round(sum(sgst) * n.exchange_rate, 2),\n                round(sum(utgst) * n.exchange_rate, 2), round(sum(igst) * n.exchange_rate, 2)] AS taxes\n        FROM invoices_creditnoteline WHERE company_id = n.company_id AND credit_note_id = n.id) l\n    WHERE n.id = NEW.id;\n    IF doc.rows = 0 OR doc.subtotal <> doc.net OR doc.tax_amount <> doc.tax THEN\n        RAISE EXCEPTION 'credit_note_adds_up: subtotal or tax of credit note % differs from its lines', doc.id\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'credit_note_adds_up';\n    END IF;\n    IF doc.customer_id IS DISTINCT FROM doc.invoiced_customer OR doc.supplier_id IS DISTINCT FROM doc.invoiced_supplier\n       OR doc.currency_id <> doc.invoiced_currency OR (doc.status <> 'CANCELLED'\n           AND (NOT doc.invoice_stands OR doc.exchange_rate <> doc.invoiced_rate)) THEN\n        RAISE EXCEPTION 'credit_of_posted_invoice: credit note % is of a posted invoice of its party', doc.id\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'credit_of_posted_invoice';\n    END IF;\n    IF doc.amount_applied <> doc.allocated THEN\n        RAISE EXCEPTION 'allocation_adds_up: credit note % says that % is applied', doc.id, doc.amount_applied\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'allocation_adds_up';\n    END IF;\n    IF doc.status <> 'POSTED' THEN\n        RETURN NULL;\n    END IF;\n    IF doc.stands IS NOT TRUE THEN\n        RAISE EXCEPTION 'posted_has_voucher: credit note % is posted without a standing voucher of its own', doc.id\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'posted_has_voucher';\n    END IF;\n    SELECT coalesce(sum(a.paid_base), 0) AS paid, coalesce(sum(a.paid_base - a.settled_base) FILTER (WHERE NOT EXISTS (\n            SELECT 1 FROM accounting_voucher v WHERE v.company_id = a.company_id AND v.source_kind = 'credit_allocation'\n                AND v.source_id = a.id)), 0) AS gained\n    INTO settled FROM invoices_creditnoteallocation a WHERE a.company_id = doc.company_id AND a.credit_note_id = doc.id;\n    IF doc.exchange_rate <> 1 AND doc.amount_applied = doc.total_value AND settled.paid <> doc.worth THEN\n        RAISE EXCEPTION 'settled_in_base: credit note % is applied, and part of what it was booked at is open', doc.id\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'settled_in_base';\n    END IF;\n    SELECT doc.sign * coalesce(sum(e.credit - e.debit) FILTER (WHERE e.role = doc.party_role), 0) AS party,\n        -doc.sign * coalesce(sum(e.amount_currency) FILTER (WHERE e.role = doc.party_role), 0) AS foreign_party,\n        doc.sign * coalesce(sum(e.credit - e.debit) FILTER (WHERE e.role = 'FX_REALISED'), 0) AS gained,\n        bool_or((e.role IN ('RECEIVABLE', 'PAYABLE') AND (e.role <> doc.party_role OR doc.party_id <> (SELECT a.owner_id\n                FROM accounting_ledgeraccount a WHERE a.company_id = e.company_id AND a.id = e.account_id)))\n            OR (e.role LIKE '%PUT_%' AND e.role NOT LIKE doc.tax_side || '%') OR e.role = 'GRNI') AS astray,\n        ARRAY[doc.sign * coalesce(sum(e.debit - e.credit) FILTER (WHERE e.role = doc.tax_side || 'CGST'), 0),\n            doc.sign * coalesce(sum(e.debit - e.credit) FILTER (WHERE e.role = doc.tax_side || 'SGST'), 0),\n            doc.sign * coalesce(sum(e.debit - e.credit) FILTER (WHERE e.role = doc.tax_side || 'UTGST'), 0),\n            doc.sign * coalesce(sum(e.debit - e.credit) FILTER (WHERE e.role = doc.tax_side || 'IGST'), 0)] AS taxes\n    INTO booked FROM accounting_ledgerentry e WHERE e.company_id = doc.company_id AND e.voucher_id = doc.voucher_id;\n    IF booked.astray OR booked.taxes <> doc.taxes OR booked.party <> doc.worth - settled.gained\n       OR booked.gained <> settled.gained OR (booked.party <> 0 AND booked.foreign_party <> doc.total_value) THEN\n        RAISE EXCEPTION 'voucher_is_the_document: party and tax legs of credit note % are its total and taxes', doc.id\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'voucher_is_the_document';\n    END IF;\n    IF EXISTS (\n        SELECT 1 FROM (SELECT invoice_item_id, returned_qty FROM invoices_creditnoteline\n            WHERE company_id = doc.company_id AND credit_note_id = doc.id AND returned_qty > 0) l\n        FULL JOIN (SELECT source_line_id, sum(quantity) AS quantity FROM inventory_stockmovement\n            WHERE company_id = doc.company_id AND voucher_id = doc.voucher_id GROUP BY 1) m\n            ON m.source_line_id = l.invoice_item_id\n        WHERE doc.sign * l.returned_qty IS DISTINCT FROM m.quantity) THEN\n        RAISE EXCEPTION 'returned_goods_move: what credit note % returns is what its movements move', doc.id\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'returned_goods_move';\n    END IF;\n    IF doc.warehouse_id IS NOT NULL AND (SELECT coalesce(sum(returned_qty), 0) FROM invoices_creditnoteline\n            WHERE company_id = doc.company_id AND credit_note_id = doc.id) <> (\n        SELECT coalesce(sum(m.quantity), 0) FROM inventory_stockmovement m\n        WHERE m.company_id = doc.company_id AND m.source_id = doc.transfer_id AND m.warehouse_id = doc.warehouse_id\n            AND m.kind = 'TRANSFER' AND m.quantity > 0) THEN\n        RAISE EXCEPTION 'returned_goods_move: what credit note % returns is not where it says', doc.id\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'returned_goods_move';\n    END IF;\n    IF doc.supplier_id IS NOT NULL AND EXISTS (\n        SELECT 1 FROM inventory_stockmovement m\n        JOIN inventory_layerconsumption c ON c.company_id = m.company_id AND c.movement_id = m.id\n        JOIN invoices_invoiceitem l ON l.company_id = m.company_id AND l.id = m.source_line_id\n        WHERE m.company_id = doc.company_id AND m.voucher_id = doc.voucher_id AND NOT EXISTS (\n            SELECT 1 FROM purchasing_goodsreceiptline g\n            WHERE g.company_id = c.company_id AND g.layer_id = c.layer_id\n                AND (g.order_line_id = l.purchase_line_id OR g.id = l.receipt_line_id))) THEN\n        RAISE EXCEPTION 'returned_from_receipts: what debit note % returns leaves other layers than those it came in', doc.id\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'returned_from_receipts';\n    END IF;\n    RETURN NULL;\n",
                        hash="1765b59ca47108e4e9d40ecbc64506cbf6d4d049",
                        operation="UPDATE",
                        pgid="pgtrigger_follows_books_99b96",
                        table="invoices_creditnote",
                        timing="DEFERRABLE INITIALLY DEFERRED",
                        when="AFTER",
                    ),
                ),
            ),
            migrations.AddConstraint(
                model_name="invoiceitem",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("grni_value__isnull", True),
                        models.Q(
                            ("grni_value__gte", 0),
                            ("grni_value__lt", Decimal("10000000000000000")),
                            models.Q(("purchase_line__isnull", False), ("receipt_line__isnull", False), _connector="OR"),
                        ),
                        _connector="OR",
                    ),
                    name="invoiceitem_grni_of_an_order",
                ),
            ),
            migrations.AddConstraint(
                model_name="invoiceitem",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("order_line__isnull", True), ("purchase_line__isnull", True)),
                        models.Q(("order_line__isnull", True), ("receipt_line__isnull", True)),
                        models.Q(("purchase_line__isnull", True), ("receipt_line__isnull", True)),
                        _connector="OR",
                    ),
                    name="invoiceitem_of_one_order",
                ),
            ),
            migrations.AddConstraint(
                model_name="invoiceitem",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("account__isnull", True),
                        models.Q(
                            ("order_line__isnull", True),
                            ("purchase_line__isnull", True),
                            ("receipt_line__isnull", True),
                            ("grni_value__isnull", True),
                            models.Q(("posted_as_tracked", True), _negated=True),
                        ),
                        _connector="OR",
                    ),
                    name="invoiceitem_account_of_no_goods",
                ),
            ),
        ),
        add_company_foreign_key("invoices_invoiceitem", "receipt_line_id", "purchasing_goodsreceiptline"),
        run_sql_file(__file__, "0013_bills_of_receipts"),
        create_audit_views(__file__, "0013_receipt_bill_audit_views"),
    ]
