DROP FUNCTION fulfilment_handling(uuid, uuid);
DROP FUNCTION fulfilment_instant(timestamptz);
DROP FUNCTION fulfilment_fits(uuid, uuid);
DROP FUNCTION fulfilment_agree(text, text, text, text, text);
