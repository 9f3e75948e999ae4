-- Judged at commit: every number that was taken from the series is used, so a series is 1…n without a gap.
CREATE FUNCTION invoices_numbers_used() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM generate_series(CASE WHEN TG_OP = 'UPDATE' THEN OLD.last_number ELSE 0 END + 1, NEW.last_number) AS n
        WHERE NOT EXISTS (
            SELECT 1 FROM invoices_invoice d
            WHERE d.company_id = NEW.company_id AND d.invoice_no = erp_spelled_number(NEW.series, NEW.year, n) AND d.origin = 'ISSUED')) THEN
        RAISE EXCEPTION 'numbers_are_used: a number of % % was taken and not used', NEW.series, NEW.year
            USING ERRCODE = 'check_violation', CONSTRAINT = 'numbers_are_used';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER invoices_numbers_used AFTER INSERT OR UPDATE ON erp_numberseries
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.series = 'INV') EXECUTE FUNCTION invoices_numbers_used();

CREATE FUNCTION invoices_payment_numbers_used() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM generate_series(CASE WHEN TG_OP = 'UPDATE' THEN OLD.last_number ELSE 0 END + 1, NEW.last_number) AS n
        WHERE NOT EXISTS (
            SELECT 1 FROM invoices_payment d
            WHERE d.company_id = NEW.company_id AND d.payment_number = erp_spelled_number(NEW.series, NEW.year, n))) THEN
        RAISE EXCEPTION 'numbers_are_used: a number of % % was taken and not used', NEW.series, NEW.year
            USING ERRCODE = 'check_violation', CONSTRAINT = 'numbers_are_used';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER invoices_payment_numbers_used AFTER INSERT OR UPDATE ON erp_numberseries
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.series = 'RCT' OR NEW.series = 'PAY') EXECUTE FUNCTION invoices_payment_numbers_used();

-- What a posted invoice says, as a hash. JSON, because its texts depend on no setting of the session.
CREATE FUNCTION invoices_content_hash(company uuid, invoice uuid) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT sha256(convert_to(jsonb_build_array(i.invoice_type, i.origin, i.invoice_no, i.invoice_date, i.customer_id,
            i.currency_id, i.given_total, i.items_total, i.total_value, i.subtotal, i.tax_amount, i.round_off, i.party_name,
            i.party_gstin, i.billing_address, i.shipping_address, i.company_state_code, i.company_gstin, i.place_of_supply,
            i.apply_gst, i.sales_order_id, i.warehouse_id)::text
        || (SELECT string_agg(jsonb_build_array(l.id, l.line_no, l.name, l.item_code, l.barcode, l.quantity, l.mrp,
                l.line_total, l.item_id, l.order_line_id, l.uom_id, l.hsn_code, l.discount_pct, l.allocated_discount,
                l.import_discount, l.gst_rate, l.cgst, l.sgst, l.utgst, l.igst, l.posted_as_tracked, l.company_name,
                l.packing, l.shelf_location, l.batch_no, l.expiry_date, l.remarks)::text, '' ORDER BY l.line_no)
            FROM invoices_invoiceitem l WHERE l.company_id = company AND l.invoice_id = invoice), 'UTF8'))
    FROM invoices_invoice i WHERE i.company_id = company AND i.id = invoice
$$;

-- Judged at commit: what an order line says is invoiced and posted is what its live invoices carry.
CREATE FUNCTION invoices_order_line_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM sales_salesorderline o
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(l.quantity) FILTER (WHERE i.status <> 'CANCELLED'), 0) AS invoiced,
                coalesce(sum(l.quantity) FILTER (WHERE i.status IN ('POSTED', 'PARTIALLY_PAID', 'PAID')), 0) AS posted
            FROM invoices_invoiceitem l
            JOIN invoices_invoice i ON i.company_id = l.company_id AND i.id = l.invoice_id
            WHERE l.company_id = o.company_id AND l.order_line_id = o.id) s
        WHERE o.id = NEW.id AND (o.invoiced_qty <> s.invoiced OR o.posted_qty <> s.posted)) THEN
        RAISE EXCEPTION 'order_line_adds_up: invoiced and posted quantity of order line % differ from its invoices', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'order_line_adds_up';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER invoices_order_line_adds_up AFTER UPDATE ON sales_salesorderline
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.invoiced_qty <> NEW.invoiced_qty OR OLD.posted_qty <> NEW.posted_qty)
    EXECUTE FUNCTION invoices_order_line_adds_up();

CREATE TRIGGER invoices_number_of_its_series BEFORE INSERT ON invoices_invoice
    FOR EACH ROW WHEN (NEW.origin = 'ISSUED') EXECUTE FUNCTION erp_number_of_its_series('invoice_no');

CREATE TRIGGER invoices_payment_of_its_series BEFORE INSERT ON invoices_payment
    FOR EACH ROW EXECUTE FUNCTION erp_number_of_its_series('payment_number');

-- Judged at commit, from the voucher's side: a voucher of an invoice or a payment has its document, in the state it says. Where
-- the document names this very voucher, it is judged itself.
CREATE FUNCTION invoices_voucher_has_document() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    stands boolean;
BEGIN
    IF NEW.reverses_id IS NULL AND (
        (NEW.source_kind = 'invoice' AND NEW.id = (SELECT i.voucher_id FROM invoices_invoice i
            WHERE i.company_id = NEW.company_id AND i.id = NEW.source_id AND i.status NOT IN ('DRAFT', 'CANCELLED')))
        OR (NEW.source_kind = 'payment' AND NEW.id = (SELECT p.voucher_id FROM invoices_payment p
            WHERE p.company_id = NEW.company_id AND p.id = NEW.source_id AND p.status = 'POSTED'))) THEN
        RETURN NULL;
    END IF;
    stands := EXISTS (
        SELECT 1 FROM accounting_voucher v
        WHERE v.company_id = NEW.company_id AND v.source_kind = NEW.source_kind AND v.source_id = NEW.source_id
            AND v.reverses_id IS NULL AND NOT EXISTS (
                SELECT 1 FROM accounting_voucher r WHERE r.company_id = v.company_id AND r.reverses_id = v.id));
    IF NEW.source_kind = 'invoice' AND NOT EXISTS (
            SELECT 1 FROM invoices_invoice i
            WHERE i.company_id = NEW.company_id AND i.id = NEW.source_id
                AND (i.status IN ('POSTED', 'PARTIALLY_PAID', 'PAID')) = stands
                AND (NEW.reverses_id IS NOT NULL OR NOT stands OR i.revision > NEW.source_revision))
       OR NEW.source_kind = 'payment' AND NOT EXISTS (
            SELECT 1 FROM invoices_payment p
            WHERE p.company_id = NEW.company_id AND p.id = NEW.source_id AND (p.status = 'POSTED') = stands) THEN
        RAISE EXCEPTION 'posted_has_voucher: the % of voucher % is not in the state that this says', NEW.source_kind, NEW.number
            USING ERRCODE = 'check_violation', CONSTRAINT = 'posted_has_voucher';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER invoices_voucher_has_document AFTER INSERT ON accounting_voucher
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.source_kind IN ('invoice', 'payment'))
    EXECUTE FUNCTION invoices_voucher_has_document();
