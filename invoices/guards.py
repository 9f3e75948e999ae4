"""The law of the documents as the database judges it: bodies of the triggers in `invoices.models`. Pure text.

A document is judged at commit, once; lines at the end of the statement that writes them, because they change together with
the sums in their header.
"""

HEADER_ADDS_UP = """
    IF NOT EXISTS (
        SELECT 1 FROM invoices_invoice i
        CROSS JOIN LATERAL (
            SELECT sum(l.line_total) AS total, sum(l.line_total - l.import_discount) AS net,
                sum(l.cgst + l.sgst + l.utgst + l.igst) AS tax
            FROM invoices_invoiceitem l WHERE l.company_id = NEW.company_id AND l.invoice_id = NEW.id) l
        WHERE i.id = NEW.id AND i.items_total = l.total AND i.tax_amount = l.tax
            AND coalesce(i.subtotal, l.net) = l.net) THEN
        RAISE EXCEPTION 'invoice_adds_up: items_total, subtotal or tax of invoice % differs from its lines', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_adds_up';
    END IF;
    RETURN NULL;
"""

TOUCHED = "SELECT DISTINCT company_id, invoice_id FROM touched"
# A line that moves is missed where it was as much as it is surplus where it now is.
TOUCHED_OR_LEFT = "SELECT company_id, invoice_id FROM before UNION SELECT company_id, invoice_id FROM touched"
LINES_ADD_UP = """
    IF EXISTS (
        SELECT 1 FROM ({invoices}) t
        JOIN invoices_invoice i ON i.company_id = t.company_id AND i.id = t.invoice_id
        CROSS JOIN LATERAL (
            SELECT sum(l.line_total) AS total, sum(l.line_total - l.import_discount) AS net,
                sum(l.cgst + l.sgst + l.utgst + l.igst) AS tax
            FROM invoices_invoiceitem l WHERE l.company_id = t.company_id AND l.invoice_id = t.invoice_id) l
        WHERE i.items_total IS DISTINCT FROM l.total OR i.tax_amount <> l.tax OR coalesce(i.subtotal, l.net) <> l.net) THEN
        RAISE EXCEPTION 'invoice_adds_up: the lines differ from items_total, subtotal or tax of their invoice'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_adds_up';
    END IF;
    IF EXISTS (
        SELECT 1 FROM ({invoices}) t
        JOIN invoices_invoice i ON i.company_id = t.company_id AND i.id = t.invoice_id
        JOIN invoices_contentseal s
            ON s.company_id = i.company_id AND s.invoice_id = i.id AND s.revision = i.revision
        WHERE i.status <> 'DRAFT' AND s.content_hash <> invoices_content_hash(i.company_id, i.id)) THEN
        RAISE EXCEPTION 'posted_content_stays: what is posted changes by a new revision only'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'posted_content_stays';
    END IF;
    RETURN NULL;
"""

INVOICE_FOLLOWS_BOOKS = """
    SELECT i.id, i.company_id, i.revision, i.status, i.total_value, i.amount_received, i.exchange_rate,
        i.status IN ('DRAFT', 'CANCELLED') AS open,
        i.invoice_type = 'PURCHASE' AS purchase,
        CASE i.invoice_type WHEN 'PURCHASE' THEN -i.total_value ELSE i.total_value END AS owed,
        coalesce(i.customer_id, i.supplier_id) AS party_id, i.voucher_id,
        (SELECT v.source_kind = 'invoice' AND v.source_id = i.id AND v.source_revision = i.revision AND v.reverses_id IS NULL
                AND NOT EXISTS (SELECT 1 FROM accounting_voucher r
                    WHERE r.company_id = v.company_id AND r.reverses_id = v.id)
            FROM accounting_voucher v WHERE v.company_id = i.company_id AND v.id = i.voucher_id) AS stands,
        (SELECT ARRAY[round(sum(l.cgst) * i.exchange_rate, 2), round(sum(l.sgst) * i.exchange_rate, 2),
                round(sum(l.utgst) * i.exchange_rate, 2), round(sum(l.igst) * i.exchange_rate, 2)]
            FROM invoices_invoiceitem l WHERE l.company_id = i.company_id AND l.invoice_id = i.id) AS tax,
        invoices_settled(i.company_id, i.id) AS allocated,
        (SELECT s.content_hash FROM invoices_contentseal s
            WHERE s.company_id = i.company_id AND s.invoice_id = i.id AND s.revision = i.revision) AS said
    INTO doc FROM invoices_invoice i WHERE i.id = NEW.id;
    IF doc.open THEN
        IF EXISTS (
            SELECT 1 FROM accounting_voucher v
            WHERE v.company_id = doc.company_id AND v.source_kind = 'invoice' AND v.source_id = doc.id
                AND v.reverses_id IS NULL AND NOT EXISTS (
                    SELECT 1 FROM accounting_voucher r WHERE r.company_id = v.company_id AND r.reverses_id = v.id)) THEN
            RAISE EXCEPTION 'posted_has_voucher: invoice % is %, and its voucher stands', doc.id, doc.status
                USING ERRCODE = 'check_violation', CONSTRAINT = 'posted_has_voucher';
        ELSIF EXISTS (
            SELECT 1 FROM invoices_creditnote n
            WHERE n.company_id = doc.company_id AND n.invoice_id = doc.id AND n.status <> 'CANCELLED') THEN
            RAISE EXCEPTION 'credited_invoice_stands: invoice % is %, and has credit notes', doc.id, doc.status
                USING ERRCODE = 'check_violation', CONSTRAINT = 'credited_invoice_stands';
        END IF;
    ELSIF doc.stands IS NOT TRUE THEN
        RAISE EXCEPTION 'posted_has_voucher: invoice % is % without a standing voucher of its revision', doc.id, doc.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'posted_has_voucher';
    ELSE
        SELECT coalesce(sum(e.debit - e.credit) FILTER (WHERE e.role IN ('RECEIVABLE', 'PAYABLE')), 0) AS party,
            coalesce(sum(e.amount_currency) FILTER (WHERE e.role IN ('RECEIVABLE', 'PAYABLE')), 0) AS foreign_party,
            bool_or(e.role IN ('RECEIVABLE', 'PAYABLE') AND (SELECT a.owner_id IS DISTINCT FROM doc.party_id
                    OR (e.role = 'PAYABLE') <> doc.purchase
                FROM accounting_ledgeraccount a WHERE a.company_id = e.company_id AND a.id = e.account_id)) AS astray,
            ARRAY[coalesce(sum(abs(e.debit - e.credit)) FILTER (WHERE e.role LIKE '%PUT_CGST'), 0),
                coalesce(sum(abs(e.debit - e.credit)) FILTER (WHERE e.role LIKE '%PUT_SGST'), 0),
                coalesce(sum(abs(e.debit - e.credit)) FILTER (WHERE e.role LIKE '%PUT_UTGST'), 0),
                coalesce(sum(abs(e.debit - e.credit)) FILTER (WHERE e.role LIKE '%PUT_IGST'), 0)] AS tax,
            invoices_content_hash(doc.company_id, doc.id) AS says
        INTO booked FROM accounting_ledgerentry e WHERE e.company_id = doc.company_id AND e.voucher_id = doc.voucher_id;
        IF booked.astray OR booked.tax <> doc.tax
           OR booked.party <> round(doc.owed * doc.exchange_rate, 2)
           OR (booked.party <> 0 AND booked.foreign_party <> doc.owed) THEN
            RAISE EXCEPTION 'voucher_is_the_document: party and tax legs of invoice % are its total and taxes', doc.id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'voucher_is_the_document';
        END IF;
        IF doc.said IS NULL THEN
            INSERT INTO invoices_contentseal (id, company_id, invoice_id, revision, content_hash)
            VALUES (gen_random_uuid(), doc.company_id, doc.id, doc.revision, booked.says);
        ELSIF doc.said <> booked.says THEN
            RAISE EXCEPTION 'posted_content_stays: what is posted changes by a new revision only'
                USING ERRCODE = 'restrict_violation', CONSTRAINT = 'posted_content_stays';
        END IF;
    END IF;
    IF doc.exchange_rate <> 1 AND doc.status = 'PAID'
       AND round(doc.total_value * doc.exchange_rate, 2) <> invoices_settled_base(doc.company_id, doc.id) THEN
        RAISE EXCEPTION 'settled_in_base: invoice % is paid, and part of what it was booked at is open', doc.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'settled_in_base';
    END IF;
    IF doc.amount_received <> doc.allocated THEN
        RAISE EXCEPTION 'allocation_adds_up: invoice % says it received %', doc.id, doc.amount_received
            USING ERRCODE = 'check_violation', CONSTRAINT = 'allocation_adds_up';
    END IF;
    RETURN NULL;
"""

POSTED_RATE_STAYS = """
    IF OLD.status <> 'DRAFT' THEN
        RAISE EXCEPTION 'posted_content_stays: the exchange rate is fixed when an invoice is posted'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'posted_content_stays';
    END IF;
    RETURN NEW;
"""

IDENTITY_STAYS = """
    RAISE EXCEPTION 'identity_stays: a document keeps its number and its kind'
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'identity_stays';
"""

TRACKED_LINES_ISSUED = """
    IF EXISTS (
        SELECT 1 FROM invoices_invoice i
        JOIN invoices_invoiceitem l ON l.company_id = i.company_id AND l.invoice_id = i.id
        WHERE i.id = NEW.id AND i.status IN ('POSTED', 'PARTIALLY_PAID', 'PAID') AND i.invoice_type = 'SALES'
            AND (l.posted_as_tracked IS NULL OR l.posted_as_tracked <> coalesce(
                (SELECT m.item_id = l.item_id AND m.quantity = -l.quantity FROM inventory_stockmovement m
                WHERE m.company_id = l.company_id AND m.source_line_id = l.id AND m.kind = 'SALE'
                    AND m.voucher_id = i.voucher_id), false)))
       OR EXISTS (
        SELECT 1 FROM invoices_invoice i
        WHERE i.id = NEW.id AND i.voucher_id IS NOT NULL AND i.status <> 'CANCELLED'
            AND (SELECT count(*) FILTER (WHERE m.kind = 'SALE') FROM inventory_stockmovement m
                WHERE m.company_id = i.company_id AND m.voucher_id = i.voucher_id)
            <> (SELECT count(*) FROM invoices_invoiceitem l
                WHERE l.company_id = i.company_id AND l.invoice_id = i.id AND l.posted_as_tracked)) THEN
        RAISE EXCEPTION 'tracked_lines_issued: each tracked line of invoice % has one issue of its quantity', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'tracked_lines_issued';
    END IF;
    RETURN NULL;
"""

PAYMENT_FOLLOWS_BOOKS = """
    SELECT p.*, coalesce(p.customer_id, p.supplier_id) AS party_id,
        CASE p.kind WHEN 'RECEIPT' THEN p.amount ELSE -p.amount END AS paid_in
    INTO doc FROM invoices_payment p WHERE p.id = NEW.id;
    SELECT EXISTS (
        SELECT 1 FROM accounting_voucher v
        WHERE v.company_id = doc.company_id AND v.source_kind = 'payment' AND v.source_id = doc.id AND v.reverses_id IS NULL
            AND (doc.status <> 'POSTED' OR v.id = doc.voucher_id) AND NOT EXISTS (
                SELECT 1 FROM accounting_voucher r WHERE r.company_id = v.company_id AND r.reverses_id = v.id))
    INTO stands;
    IF stands <> (doc.status = 'POSTED') THEN
        RAISE EXCEPTION 'posted_has_voucher: payment % is %, which its voucher contradicts', doc.id, doc.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'posted_has_voucher';
    END IF;
    IF doc.status = 'POSTED' AND NOT EXISTS (
        SELECT 1 FROM accounting_ledgerentry e
        JOIN accounting_ledgeraccount a ON a.company_id = e.company_id AND a.id = e.account_id
        WHERE e.company_id = doc.company_id AND e.voucher_id = doc.voucher_id
        HAVING coalesce(sum(e.debit - e.credit) FILTER (WHERE e.account_id = doc.account_id), 0)
                = round(doc.amount * doc.exchange_rate, 2) * CASE doc.kind WHEN 'RECEIPT' THEN 1 ELSE -1 END
            AND coalesce(sum(e.amount_currency) FILTER (WHERE e.account_id = doc.account_id),
                    CASE WHEN round(doc.amount * doc.exchange_rate, 2) = 0 THEN doc.paid_in END, 0) = doc.paid_in
            AND (doc.party_id IS NULL OR doc.amount = abs(coalesce(sum(e.amount_currency)
                    FILTER (WHERE a.owner_id = doc.party_id
                        AND a.role = CASE doc.kind WHEN 'RECEIPT' THEN 'RECEIVABLE' ELSE 'PAYABLE' END),
                CASE WHEN doc.exchange_rate <> 1 THEN doc.amount END, 0)))) THEN
        RAISE EXCEPTION 'voucher_is_the_document: money and party legs of payment % are its amount', doc.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'voucher_is_the_document';
    END IF;
    IF doc.allocated_amount <> (SELECT coalesce(sum(a.amount), 0) FROM invoices_paymentallocation a
            WHERE a.company_id = doc.company_id AND a.payment_id = doc.id)
       OR (doc.status <> 'POSTED' AND doc.allocated_amount <> 0) THEN
        RAISE EXCEPTION 'allocation_adds_up: payment % says that % is allocated', doc.id, doc.allocated_amount
            USING ERRCODE = 'check_violation', CONSTRAINT = 'allocation_adds_up';
    END IF;
    RETURN NULL;
"""

POSTED_PAYMENT_STAYS = """
    IF OLD.status <> 'DRAFT' THEN
        RAISE EXCEPTION 'posted_content_stays: a posted payment is reversed, never changed'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'posted_content_stays';
    END IF;
    RETURN NEW;
"""

RECEIVED_FOLLOWS = """
    IF EXISTS (
        SELECT 1 FROM (SELECT DISTINCT company_id, invoice_id FROM written) t
        JOIN invoices_invoice i ON i.company_id = t.company_id AND i.id = t.invoice_id
        WHERE i.amount_received <> invoices_settled(t.company_id, t.invoice_id))
       OR EXISTS (
        SELECT 1 FROM (SELECT DISTINCT company_id, payment_id FROM written) t
        JOIN invoices_payment p ON p.company_id = t.company_id AND p.id = t.payment_id
        WHERE p.allocated_amount <> (SELECT sum(a.amount) FROM invoices_paymentallocation a
            WHERE a.company_id = t.company_id AND a.payment_id = t.payment_id)) THEN
        RAISE EXCEPTION 'allocation_adds_up: received and allocated amounts are the sums of the allocation rows'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'allocation_adds_up';
    END IF;
    IF EXISTS (
        SELECT 1 FROM written w
        JOIN invoices_payment p ON p.company_id = w.company_id AND p.id = w.payment_id
        JOIN invoices_invoice i ON i.company_id = w.company_id AND i.id = w.invoice_id
        WHERE p.customer_id IS DISTINCT FROM i.customer_id OR p.supplier_id IS DISTINCT FROM i.supplier_id
            OR p.currency_id IS DISTINCT FROM i.currency_id OR (p.kind = 'RECEIPT') <> (i.invoice_type = 'SALES')
            OR (w.releases_id IS NULL AND p.status <> 'POSTED')) THEN
        RAISE EXCEPTION 'allocation_joins_alike: a posted payment settles invoices of its party, currency and direction'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'allocation_joins_alike';
    END IF;
    IF EXISTS (
        SELECT 1 FROM written w
        JOIN invoices_invoice i ON i.company_id = w.company_id AND i.id = w.invoice_id
        JOIN erp_company k ON k.id = w.company_id
        LEFT JOIN invoices_paymentallocation o ON o.company_id = w.company_id AND o.id = w.releases_id
        WHERE (w.settled_base IS NULL) <> (coalesce(i.currency_id, k.base_currency_id) = k.base_currency_id)
            OR (w.amount = -o.amount AND (w.settled_base <> -o.settled_base OR w.paid_base <> -o.paid_base))) THEN
        RAISE EXCEPTION 'settled_in_base: an allocation in another currency has its worth in base, a release the same'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'settled_in_base';
    END IF;
    IF EXISTS (
        SELECT 1 FROM written w
        JOIN invoices_paymentallocation o ON o.company_id = w.company_id AND o.id = w.releases_id
        WHERE o.releases_id IS NOT NULL OR o.invoice_id <> w.invoice_id OR o.payment_id IS DISTINCT FROM w.payment_id
            OR o.amount + w.amount < 0) THEN
        RAISE EXCEPTION 'release_undoes_allocation: a release takes back one allocation, at most all of it'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'release_undoes_allocation';
    END IF;
    RETURN NULL;
"""

LINE_ACCOUNT_STAYS = """
    RAISE EXCEPTION 'line_account_stays: the account that a line names is given when it is written'
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'line_account_stays';
"""
