-- An invoice's sessions are few, and have just been written when their copy is made: statistics know nothing of them yet, and
-- a plan that reads whole tables for each of thousands of invoices does not end.
ALTER FUNCTION fulfilment_handling(uuid, uuid) SET enable_seqscan = off;
