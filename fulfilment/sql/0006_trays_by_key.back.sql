-- The read copy of an invoice's sessions, written with every change of theirs into `invoices_invoice.handling`.
CREATE OR REPLACE FUNCTION fulfilment_handling(company uuid, invoice uuid) RETURNS jsonb LANGUAGE sql STABLE AS $$
SELECT coalesce(jsonb_object_agg(part.name, part.told), '{}') FROM (
    SELECT 'picker' AS name, jsonb_build_object('email', p.worker_email, 'name', p.worker_name, 'status', p.status,
        'start_time', fulfilment_instant(p.started_at), 'end_time', fulfilment_instant(p.ended_at)) AS told
    FROM fulfilment_pickingsession p
    WHERE p.company_id = company AND p.invoice_id = invoice AND p.status <> 'CANCELLED'
    UNION ALL
    SELECT 'packer', jsonb_build_object('email', k.worker_email, 'name', k.worker_name, 'status', k.status,
        'start_time', fulfilment_instant(k.started_at), 'end_time', fulfilment_instant(k.ended_at),
        'held_for_consolidation', k.status = 'CHECKING_DONE', 'consolidation_customer_name', k.consolidation_customer_name,
        'held_by_email', nullif(k.held_by_email, ''), 'held_by_name', nullif(k.held_by_name, ''),
        'boxing_group_id', nullif(k.boxing_group_id, ''), 'label_count', k.label_count)
    FROM fulfilment_packingsession k
    WHERE k.company_id = company AND k.invoice_id = invoice AND k.status <> 'CANCELLED'
    UNION ALL
    -- The trays that wait for boxing; a draft of them is no step, and so not in the copy.
    SELECT 'tray_codes', jsonb_agg(b.tray_code ORDER BY b.tray_code COLLATE "C")
    FROM fulfilment_packingsession k
    JOIN fulfilment_box b ON b.company_id = k.company_id AND b.session_id = k.id AND b.freed_at IS NULL
    WHERE k.company_id = company AND k.invoice_id = invoice AND k.status = 'PACKING'
    HAVING count(*) > 0
    UNION ALL
    SELECT 'is_express_delivery', to_jsonb(true)
    WHERE EXISTS (SELECT 1 FROM fulfilment_pickingsession p WHERE p.company_id = company AND p.invoice_id = invoice
            AND p.status <> 'CANCELLED' AND p.source = 'EXPRESS_BILLING')
        OR EXISTS (SELECT 1 FROM fulfilment_packingsession k WHERE k.company_id = company AND k.invoice_id = invoice
            AND k.status <> 'CANCELLED' AND k.source = 'EXPRESS_BILLING')
    UNION ALL
    SELECT 'delivery', jsonb_build_object('delivery_type', d.delivery_type, 'delivery_status', d.status, 'status', d.status,
        'courier_id', d.courier_id, 'courier_name', d.courier_name, 'tracking_no', d.tracking_no,
        'name', nullif(d.worker_name, ''), 'email', nullif(d.worker_email, ''),
        'delivery_user_name', nullif(d.delivered_by_name, ''), 'delivery_user_email', nullif(d.delivered_by_email, ''),
        'start_time', fulfilment_instant(d.started_at), 'end_time', fulfilment_instant(d.ended_at),
        'time', fulfilment_instant(coalesce(d.ended_at, d.started_at, d.created_at)), 'box_weights', d.box_weights,
        'counter_sub_mode', d.counter_sub_mode, 'pickup_person_name', d.pickup_person_name,
        'pickup_person_phone', d.pickup_person_phone, 'pickup_company_name', d.pickup_company_name,
        'pickup_company_id', d.pickup_company_id,
        'pod_uploaded', d.courier_slip_id IS NOT NULL OR d.attachment_id IS NOT NULL)
    FROM fulfilment_deliverysession d
    WHERE d.company_id = company AND d.invoice_id = invoice AND d.status <> 'CANCELLED'
    UNION ALL
    (SELECT 'return', jsonb_build_object('id', r.serial, 'return_reason', r.reason, 'returned_by', r.returned_by_id,
        'returned_by_name', r.returned_by_name, 'returned_by_email', r.returned_by_email,
        'returned_at', fulfilment_instant(r.returned_at), 'returned_from_section', r.section,
        'goods_changed', r.goods_changed, 'resolution_notes', r.resolution_notes,
        'resolved_at', fulfilment_instant(r.resolved_at), 'resolved_by', r.resolved_by_id,
        'resolved_by_name', nullif(r.resolved_by_name, ''), 'resolved_by_email', nullif(r.resolved_by_email, ''))
    FROM fulfilment_billingreturn r
    WHERE r.company_id = company AND r.invoice_id = invoice
    ORDER BY r.serial DESC LIMIT 1)
) AS part
$$;
ALTER FUNCTION fulfilment_handling(uuid, uuid) SET enable_seqscan = off;
