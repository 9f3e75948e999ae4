ALTER FUNCTION fulfilment_handling(uuid, uuid) RESET enable_seqscan;
