"""The law of the sessions as the database judges it: bodies of the triggers in `fulfilment.models`. Pure text."""

SESSION_STAYS = """
    IF OLD.status = 'CANCELLED' OR ROW(OLD.id, OLD.company_id, OLD.serial, OLD.invoice_id, OLD.created_at)
            IS DISTINCT FROM ROW(NEW.id, NEW.company_id, NEW.serial, NEW.invoice_id, NEW.created_at) THEN
        RAISE EXCEPTION 'session_stays: a session is of its invoice for ever, and a cancelled one is history'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'session_stays';
    END IF;
    RETURN NEW;
"""

WORKER_STAYS = """
    IF ROW(OLD.worker_id, OLD.worker_name, OLD.worker_email)
            IS DISTINCT FROM ROW(NEW.worker_id, NEW.worker_name, NEW.worker_email) THEN
        RAISE EXCEPTION 'worker_stays: who takes work over has a session of his own'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'worker_stays';
    END IF;
    RETURN NEW;
"""

SESSION_FITS_INVOICE = """
    IF NOT fulfilment_fits(NEW.company_id, NEW.invoice_id) THEN
        RAISE EXCEPTION 'session_fits_invoice: invoice % and its sessions tell the same', NEW.invoice_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'session_fits_invoice';
    END IF;
    RETURN NULL;
"""

RETURN_STAYS = """
    IF OLD.resolved_at IS NOT NULL OR ROW(OLD.id, OLD.company_id, OLD.serial, OLD.invoice_id, OLD.section, OLD.reason,
            OLD.returned_by_id, OLD.returned_by_name, OLD.returned_by_email, OLD.returned_at)
            IS DISTINCT FROM ROW(NEW.id, NEW.company_id, NEW.serial, NEW.invoice_id, NEW.section, NEW.reason,
            NEW.returned_by_id, NEW.returned_by_name, NEW.returned_by_email, NEW.returned_at) THEN
        RAISE EXCEPTION 'return_stays: a return is resolved once, and says for ever why it was made'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'return_stays';
    END IF;
    RETURN NEW;
"""

BOXES_FIT_SESSION = """
    IF NOT fulfilment_boxes_fit(NEW.company_id, NEW.id) THEN
        RAISE EXCEPTION 'boxes_fit_session: packing session % and its trays tell the same', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'boxes_fit_session';
    END IF;
    RETURN NULL;
"""

BOX_FITS_SESSION = """
    IF NOT fulfilment_boxes_fit(coalesce(NEW.company_id, OLD.company_id), coalesce(NEW.session_id, OLD.session_id)) THEN
        RAISE EXCEPTION 'boxes_fit_session: packing session % and its trays tell the same',
            coalesce(NEW.session_id, OLD.session_id)
            USING ERRCODE = 'check_violation', CONSTRAINT = 'boxes_fit_session';
    END IF;
    RETURN NULL;
"""

BOX_STAYS = """
    IF (CASE
        WHEN OLD.freed_at IS NOT NULL THEN TG_OP = 'DELETE' OR NEW.tray_id IS NOT NULL
            OR to_jsonb(NEW) - 'tray_id' IS DISTINCT FROM to_jsonb(OLD) - 'tray_id'
        WHEN TG_OP = 'UPDATE' THEN ROW(OLD.id, OLD.company_id, OLD.tray_id, OLD.tray_code, OLD.created_at)
                IS DISTINCT FROM ROW(NEW.id, NEW.company_id, NEW.tray_id, NEW.tray_code, NEW.created_at)
            OR (OLD.session_id <> NEW.session_id AND (
                SELECT count(DISTINCT s.invoice_id) FROM fulfilment_packingsession s
                WHERE s.company_id = NEW.company_id AND s.id IN (OLD.session_id, NEW.session_id)) <> 1)
        ELSE false END) THEN
        RAISE EXCEPTION 'box_stays: a box is one tray with goods of one invoice, and history once it is freed'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'box_stays';
    END IF;
    RETURN coalesce(NEW, OLD);
"""

CONTENT_OF_ITS_INVOICE = """
    IF NOT EXISTS (
        SELECT 1 FROM fulfilment_box b
        JOIN fulfilment_packingsession s ON s.company_id = b.company_id AND s.id = b.session_id
        JOIN invoices_invoiceitem l ON l.company_id = s.company_id AND l.invoice_id = s.invoice_id
        WHERE b.company_id = NEW.company_id AND b.id = NEW.box_id AND l.id = NEW.invoice_item_id) THEN
        RAISE EXCEPTION 'content_of_its_invoice: only lines of its invoice lie in a box'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'content_of_its_invoice';
    END IF;
    RETURN NEW;
"""
