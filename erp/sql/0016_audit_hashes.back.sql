DROP AGGREGATE erp_audit_chain(bytea, bytea);
DROP FUNCTION erp_audit_link(bytea, bytea, bytea);
DROP FUNCTION erp_audit_hash(bytea, bigint, erp_auditentry);
DROP FUNCTION erp_audit_bytes(bigint, erp_auditentry);
