"""The law of the credit notes as the database judges it: bodies of the triggers in `invoices.models.credits`. Pure text."""

NOTE_FOLLOWS_BOOKS = """
    SELECT n.*, coalesce(n.customer_id, n.supplier_id) AS party_id, i.customer_id AS invoiced_customer,
        i.supplier_id AS invoiced_supplier, i.currency_id AS invoiced_currency, i.exchange_rate AS invoiced_rate,
        round(n.total_value * n.exchange_rate, 2) AS worth,
        CASE WHEN n.supplier_id IS NULL THEN 1 ELSE -1 END AS sign,
        CASE WHEN n.supplier_id IS NULL THEN 'RECEIVABLE' ELSE 'PAYABLE' END AS party_role,
        CASE WHEN n.supplier_id IS NULL THEN 'OUTPUT_' ELSE 'INPUT_' END AS tax_side,
        i.status IN ('POSTED', 'PARTIALLY_PAID', 'PAID') AS invoice_stands,
        (SELECT v.source_kind = 'credit_note' AND v.source_id = n.id
                AND v.kind = CASE WHEN n.supplier_id IS NULL THEN 'CREDIT_NOTE' ELSE 'DEBIT_NOTE' END AND NOT EXISTS (
                SELECT 1 FROM accounting_voucher r WHERE r.company_id = v.company_id AND r.reverses_id = v.id)
            FROM accounting_voucher v WHERE v.company_id = n.company_id AND v.id = n.voucher_id) AS stands,
        l.rows, l.net, l.tax, l.taxes, (SELECT coalesce(sum(a.amount), 0) FROM invoices_creditnoteallocation a
            WHERE a.company_id = n.company_id AND a.credit_note_id = n.id) AS allocated
    INTO doc FROM invoices_creditnote n
    JOIN invoices_invoice i ON i.company_id = n.company_id AND i.id = n.invoice_id
    CROSS JOIN LATERAL (
        SELECT count(*) AS rows, sum(line_total) AS net, sum(cgst + sgst + utgst + igst) AS tax,
            ARRAY[round(sum(cgst) * n.exchange_rate, 2), round(sum(sgst) * n.exchange_rate, 2),
                round(sum(utgst) * n.exchange_rate, 2), round(sum(igst) * n.exchange_rate, 2)] AS taxes
        FROM invoices_creditnoteline WHERE company_id = n.company_id AND credit_note_id = n.id) l
    WHERE n.id = NEW.id;
    IF doc.rows = 0 OR doc.subtotal <> doc.net OR doc.tax_amount <> doc.tax THEN
        RAISE EXCEPTION 'credit_note_adds_up: subtotal or tax of credit note % differs from its lines', doc.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'credit_note_adds_up';
    END IF;
    IF doc.customer_id IS DISTINCT FROM doc.invoiced_customer OR doc.supplier_id IS DISTINCT FROM doc.invoiced_supplier
       OR doc.currency_id <> doc.invoiced_currency OR (doc.status <> 'CANCELLED'
           AND (NOT doc.invoice_stands OR doc.exchange_rate <> doc.invoiced_rate)) THEN
        RAISE EXCEPTION 'credit_of_posted_invoice: credit note % is of a posted invoice of its party', doc.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'credit_of_posted_invoice';
    END IF;
    IF doc.amount_applied <> doc.allocated THEN
        RAISE EXCEPTION 'allocation_adds_up: credit note % says that % is applied', doc.id, doc.amount_applied
            USING ERRCODE = 'check_violation', CONSTRAINT = 'allocation_adds_up';
    END IF;
    IF doc.status <> 'POSTED' THEN
        RETURN NULL;
    END IF;
    IF doc.stands IS NOT TRUE THEN
        RAISE EXCEPTION 'posted_has_voucher: credit note % is posted without a standing voucher of its own', doc.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'posted_has_voucher';
    END IF;
    SELECT coalesce(sum(a.paid_base), 0) AS paid, coalesce(sum(a.paid_base - a.settled_base) FILTER (WHERE NOT EXISTS (
            SELECT 1 FROM accounting_voucher v WHERE v.company_id = a.company_id AND v.source_kind = 'credit_allocation'
                AND v.source_id = a.id)), 0) AS gained
    INTO settled FROM invoices_creditnoteallocation a WHERE a.company_id = doc.company_id AND a.credit_note_id = doc.id;
    IF doc.exchange_rate <> 1 AND doc.amount_applied = doc.total_value AND settled.paid <> doc.worth THEN
        RAISE EXCEPTION 'settled_in_base: credit note % is applied, and part of what it was booked at is open', doc.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'settled_in_base';
    END IF;
    SELECT doc.sign * coalesce(sum(e.credit - e.debit) FILTER (WHERE e.role = doc.party_role), 0) AS party,
        -doc.sign * coalesce(sum(e.amount_currency) FILTER (WHERE e.role = doc.party_role), 0) AS foreign_party,
        doc.sign * coalesce(sum(e.credit - e.debit) FILTER (WHERE e.role = 'FX_REALISED'), 0) AS gained,
        bool_or((e.role IN ('RECEIVABLE', 'PAYABLE') AND (e.role <> doc.party_role OR doc.party_id <> (SELECT a.owner_id
                FROM accounting_ledgeraccount a WHERE a.company_id = e.company_id AND a.id = e.account_id)))
            OR (e.role LIKE '%PUT_%' AND e.role NOT LIKE doc.tax_side || '%') OR e.role = 'GRNI') AS astray,
        ARRAY[doc.sign * coalesce(sum(e.debit - e.credit) FILTER (WHERE e.role = doc.tax_side || 'CGST'), 0),
            doc.sign * coalesce(sum(e.debit - e.credit) FILTER (WHERE e.role = doc.tax_side || 'SGST'), 0),
            doc.sign * coalesce(sum(e.debit - e.credit) FILTER (WHERE e.role = doc.tax_side || 'UTGST'), 0),
            doc.sign * coalesce(sum(e.debit - e.credit) FILTER (WHERE e.role = doc.tax_side || 'IGST'), 0)] AS taxes
    INTO booked FROM accounting_ledgerentry e WHERE e.company_id = doc.company_id AND e.voucher_id = doc.voucher_id;
    IF booked.astray OR booked.taxes <> doc.taxes OR booked.party <> doc.worth - settled.gained
       OR booked.gained <> settled.gained OR (booked.party <> 0 AND booked.foreign_party <> doc.total_value) THEN
        RAISE EXCEPTION 'voucher_is_the_document: party and tax legs of credit note % are its total and taxes', doc.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'voucher_is_the_document';
    END IF;
    IF EXISTS (
        SELECT 1 FROM (SELECT invoice_item_id, returned_qty FROM invoices_creditnoteline
            WHERE company_id = doc.company_id AND credit_note_id = doc.id AND returned_qty > 0) l
        FULL JOIN (SELECT source_line_id, sum(quantity) AS quantity FROM inventory_stockmovement
            WHERE company_id = doc.company_id AND voucher_id = doc.voucher_id GROUP BY 1) m
            ON m.source_line_id = l.invoice_item_id
        WHERE doc.sign * l.returned_qty IS DISTINCT FROM m.quantity) THEN
        RAISE EXCEPTION 'returned_goods_move: what credit note % returns is what its movements move', doc.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'returned_goods_move';
    END IF;
    IF doc.warehouse_id IS NOT NULL AND (SELECT coalesce(sum(returned_qty), 0) FROM invoices_creditnoteline
            WHERE company_id = doc.company_id AND credit_note_id = doc.id) <> (
        SELECT coalesce(sum(m.quantity), 0) FROM inventory_stockmovement m
        WHERE m.company_id = doc.company_id AND m.source_id = doc.transfer_id AND m.warehouse_id = doc.warehouse_id
            AND m.kind = 'TRANSFER' AND m.quantity > 0) THEN
        RAISE EXCEPTION 'returned_goods_move: what credit note % returns is not where it says', doc.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'returned_goods_move';
    END IF;
    IF doc.supplier_id IS NOT NULL AND EXISTS (
        SELECT 1 FROM inventory_stockmovement m
        JOIN inventory_layerconsumption c ON c.company_id = m.company_id AND c.movement_id = m.id
        JOIN invoices_invoiceitem l ON l.company_id = m.company_id AND l.id = m.source_line_id
        WHERE m.company_id = doc.company_id AND m.voucher_id = doc.voucher_id AND NOT EXISTS (
            SELECT 1 FROM purchasing_goodsreceiptline g
            WHERE g.company_id = c.company_id AND g.layer_id = c.layer_id
                AND (g.order_line_id = l.purchase_line_id OR g.id = l.receipt_line_id))) THEN
        RAISE EXCEPTION 'returned_from_receipts: what debit note % returns leaves other layers than those it came in', doc.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'returned_from_receipts';
    END IF;
    RETURN NULL;
"""

NOTE_STAYS = """
    IF ROW(OLD.company_id, OLD.credit_note_number, OLD.invoice_id, OLD.customer_id, OLD.supplier_id, OLD.credit_date,
            OLD.reason, OLD.return_stock, OLD.warehouse_id, OLD.currency_id, OLD.exchange_rate, OLD.subtotal, OLD.tax_amount,
            OLD.round_off, OLD.total_value)
        IS DISTINCT FROM ROW(NEW.company_id, NEW.credit_note_number, NEW.invoice_id, NEW.customer_id, NEW.supplier_id,
            NEW.credit_date, NEW.reason, NEW.return_stock, NEW.warehouse_id, NEW.currency_id, NEW.exchange_rate,
            NEW.subtotal, NEW.tax_amount, NEW.round_off, NEW.total_value)
       OR OLD.status <> 'DRAFT' THEN
        RAISE EXCEPTION 'credit_note_stays: a credit note says what it said; a draft is posted or cancelled, once'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'credit_note_stays';
    END IF;
    RETURN NEW;
"""

CREDIT_WITHIN_INVOICE = """
    IF EXISTS (
        SELECT 1 FROM written w
        JOIN invoices_creditnote n ON n.company_id = w.company_id AND n.id = w.credit_note_id
        JOIN invoices_invoiceitem l ON l.company_id = w.company_id AND l.id = w.invoice_item_id
        WHERE l.invoice_id <> n.invoice_id OR (w.returned_qty > 0 AND l.posted_as_tracked IS NOT TRUE
            AND l.grni_value IS NULL)) THEN
        RAISE EXCEPTION 'credit_of_its_invoice: a credit note names lines of its own invoice, and returns stock that is kept'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'credit_of_its_invoice';
    END IF;
    IF EXISTS (
        SELECT 1 FROM (SELECT DISTINCT company_id, invoice_item_id FROM written) t
        JOIN invoices_invoiceitem l ON l.company_id = t.company_id AND l.id = t.invoice_item_id
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(c.quantity), 0) AS quantity, sum(c.line_total) AS net, sum(c.cgst) AS cgst,
                sum(c.sgst) AS sgst, sum(c.utgst) AS utgst, sum(c.igst) AS igst
            FROM invoices_creditnoteline c
            JOIN invoices_creditnote n ON n.company_id = c.company_id AND n.id = c.credit_note_id
            WHERE c.company_id = t.company_id AND c.invoice_item_id = t.invoice_item_id AND n.status <> 'CANCELLED') c
        WHERE c.quantity > l.quantity OR c.net > l.line_total - l.import_discount OR c.cgst > l.cgst OR c.sgst > l.sgst
            OR c.utgst > l.utgst OR c.igst > l.igst) THEN
        RAISE EXCEPTION 'credit_within_invoice: no more of a line is credited than was invoiced'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'credit_within_invoice';
    END IF;
    IF EXISTS (
        SELECT 1 FROM written w
        JOIN invoices_creditnote n ON n.company_id = w.company_id AND n.id = w.credit_note_id
        CROSS JOIN LATERAL (
            SELECT sum(l.line_total) AS net, sum(l.cgst + l.sgst + l.utgst + l.igst) AS tax FROM invoices_creditnoteline l
            WHERE l.company_id = n.company_id AND l.credit_note_id = n.id) l
        WHERE n.subtotal <> l.net OR n.tax_amount <> l.tax) THEN
        RAISE EXCEPTION 'credit_note_adds_up: the lines differ from subtotal or tax of their credit note'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'credit_note_adds_up';
    END IF;
    RETURN NULL;
"""
"""A cancelled note stays cancelled, so what is left of a line only shrinks here."""

CREDIT_RECEIVED_FOLLOWS = """
    IF EXISTS (
        SELECT 1 FROM (SELECT DISTINCT company_id, invoice_id FROM written) t
        JOIN invoices_invoice i ON i.company_id = t.company_id AND i.id = t.invoice_id
        WHERE i.amount_received <> invoices_settled(t.company_id, t.invoice_id))
       OR EXISTS (
        SELECT 1 FROM (SELECT DISTINCT company_id, credit_note_id FROM written) t
        JOIN invoices_creditnote n ON n.company_id = t.company_id AND n.id = t.credit_note_id
        WHERE n.amount_applied <> (SELECT sum(a.amount) FROM invoices_creditnoteallocation a
            WHERE a.company_id = t.company_id AND a.credit_note_id = t.credit_note_id)) THEN
        RAISE EXCEPTION 'allocation_adds_up: received and applied amounts are the sums of the allocation rows'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'allocation_adds_up';
    END IF;
    IF EXISTS (
        SELECT 1 FROM written w
        JOIN invoices_creditnote n ON n.company_id = w.company_id AND n.id = w.credit_note_id
        JOIN invoices_invoice i ON i.company_id = w.company_id AND i.id = w.invoice_id
        WHERE n.customer_id IS DISTINCT FROM i.customer_id OR n.supplier_id IS DISTINCT FROM i.supplier_id
            OR n.currency_id IS DISTINCT FROM i.currency_id OR n.status <> 'POSTED') THEN
        RAISE EXCEPTION 'allocation_joins_alike: a posted credit note settles invoices of its party and currency'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'allocation_joins_alike';
    END IF;
    IF EXISTS (
        SELECT 1 FROM written w
        JOIN invoices_creditnote n ON n.company_id = w.company_id AND n.id = w.credit_note_id
        JOIN erp_company k ON k.id = w.company_id
        LEFT JOIN invoices_creditnoteallocation o ON o.company_id = w.company_id AND o.id = w.releases_id
        WHERE (w.settled_base IS NULL) <> (n.currency_id = k.base_currency_id)
            OR (w.amount = -o.amount AND (w.settled_base <> -o.settled_base OR w.paid_base <> -o.paid_base))) THEN
        RAISE EXCEPTION 'settled_in_base: an allocation in another currency has its worth in base, a release the same'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'settled_in_base';
    END IF;
    IF EXISTS (
        SELECT 1 FROM written w
        JOIN invoices_creditnoteallocation o ON o.company_id = w.company_id AND o.id = w.releases_id
        WHERE o.releases_id IS NOT NULL OR o.invoice_id <> w.invoice_id OR o.credit_note_id <> w.credit_note_id
            OR o.amount + w.amount < 0) THEN
        RAISE EXCEPTION 'release_undoes_allocation: a release takes back one allocation, at most all of it'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'release_undoes_allocation';
    END IF;
    RETURN NULL;
"""
