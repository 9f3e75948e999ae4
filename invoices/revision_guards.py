"""The law of the revisions as the database judges it: bodies of the triggers in `invoices.models`. Pure text."""

REVISION_IS_KEPT = """
    IF NEW.revision <> OLD.revision + 1 OR NOT EXISTS (
        SELECT 1 FROM invoices_invoicerevision r
        WHERE r.company_id = NEW.company_id AND r.invoice_id = NEW.id AND r.revision = OLD.revision) THEN
        RAISE EXCEPTION 'revision_is_kept: invoice % goes on by one revision, and what it said before is kept', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'revision_is_kept';
    END IF;
    RETURN NULL;
"""

REVISION_WAS_UNDONE = """
    IF NOT EXISTS (
        SELECT 1 FROM invoices_invoice i
        JOIN accounting_voucher v ON v.company_id = i.company_id AND v.id = NEW.voucher_id
        JOIN accounting_voucher m ON m.company_id = v.company_id AND m.reverses_id = v.id
        WHERE i.company_id = NEW.company_id AND i.id = NEW.invoice_id AND i.revision > NEW.revision
            AND v.source_kind = 'invoice' AND v.source_id = i.id AND v.source_revision = NEW.revision
            AND m.voucher_date = v.voucher_date) THEN
        RAISE EXCEPTION 'revision_was_undone: revision % was posted by its voucher, which was reversed on its own date',
            NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'revision_was_undone';
    END IF;
    RETURN NULL;
"""
"""From the side of the row that keeps it."""
