"""The law of receipts as the database judges it at the row: bodies of the triggers in `purchasing.models`. Pure text."""

RECEIPT_STAYS = """
    IF to_jsonb(OLD) - 'status' - 'version' - 'updated_at' <> to_jsonb(NEW) - 'status' - 'version' - 'updated_at'
       OR (OLD.status = 'REVERSED' AND NEW.status <> 'REVERSED') THEN
        RAISE EXCEPTION 'receipt_stays: a receipt says what it said; it is only reversed'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'receipt_stays';
    END IF;
    RETURN NEW;
"""
