-- The bytes of an entry, with the number it is sealed under: an array in JSON. erp/audit_file.py makes the same of an
-- exported line.
CREATE FUNCTION erp_audit_bytes(number bigint, entry erp_auditentry) RETURNS bytea LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT convert_to(json_build_array(
        'erp-audit-1', entry.company_id, number, entry.id,
        to_char(entry.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        entry.actor_kind, entry.actor_id, entry.actor_name, entry.key_prefix, entry.address, entry.request_id,
        entry.action, entry.subject_kind, entry.subject_id, entry.changes)::text, 'UTF8')
$$;

-- The hash of one seal, from the one before it.
CREATE FUNCTION erp_audit_hash(before bytea, number bigint, entry erp_auditentry) RETURNS bytea
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT sha256(before || erp_audit_bytes(number, entry))
$$;

-- The hashes of many seals in a row: over a window, each from the one before it, the first from `before`.
CREATE FUNCTION erp_audit_link(so_far bytea, before bytea, entry bytea) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN sha256(coalesce(so_far, before) || entry);
END
$$;
CREATE AGGREGATE erp_audit_chain(before bytea, entry bytea) (SFUNC = erp_audit_link, STYPE = bytea);
