-- Judged at commit, once per stock document: its voucher is of its day and kind, and only a transfer, or what changed
-- nothing, has none; it is reversed exactly when its voucher is, or, of a transfer, when its goods are back; then all that
-- it moved is undone. The argument names the column that holds the document.
CREATE FUNCTION inventory_document_is_booked() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    doc inventory_stockdocument;
    judged uuid := (to_jsonb(NEW) ->> TG_ARGV[0])::uuid;
    undone boolean;
BEGIN
    SELECT d.* INTO doc FROM inventory_stockdocument d WHERE d.company_id = NEW.company_id AND d.id = judged;
    undone := NOT EXISTS (
        SELECT 1 FROM inventory_stockmovement m WHERE m.company_id = NEW.company_id AND m.source_id = judged
        GROUP BY m.item_id, m.warehouse_id HAVING sum(m.quantity) <> 0 OR sum(m.value) <> 0);
    IF doc.id IS NULL
       OR (doc.voucher_id IS NULL AND (doc.kind IN ('OPENING', 'DAMAGE', 'EXPIRY') OR EXISTS (
            SELECT 1 FROM accounting_voucher v WHERE v.company_id = doc.company_id AND v.source_kind = 'stock_document'
                AND v.source_id = doc.id)))
       OR (doc.voucher_id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM accounting_voucher v WHERE v.company_id = doc.company_id AND v.id = doc.voucher_id
                AND v.source_kind = 'stock_document' AND v.source_id = doc.id AND v.reverses_id IS NULL
                AND v.voucher_date = doc.document_date
                AND v.kind = CASE WHEN doc.kind IN ('OPENING', 'REVALUATION') THEN doc.kind ELSE 'STOCK' END))
       OR (doc.voucher_id IS NOT NULL AND (doc.status = 'REVERSED') <> EXISTS (
            SELECT 1 FROM accounting_voucher v WHERE v.company_id = doc.company_id AND v.reverses_id = doc.voucher_id))
       OR (doc.kind = 'TRANSFER' AND (doc.status = 'REVERSED') <> undone)
       OR (doc.status = 'REVERSED' AND NOT undone) THEN
        RAISE EXCEPTION 'stock_document_is_booked: stock document % is contradicted by its voucher or its movements', judged
            USING ERRCODE = 'check_violation', CONSTRAINT = 'stock_document_is_booked';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER inventory_document_is_booked AFTER INSERT OR UPDATE ON inventory_stockdocument
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION inventory_document_is_booked('id');
CREATE CONSTRAINT TRIGGER inventory_document_is_booked AFTER INSERT ON accounting_voucher
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.source_kind = 'stock_document')
    EXECUTE FUNCTION inventory_document_is_booked('source_id');
