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
