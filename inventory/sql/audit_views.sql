-- Violations only; see erp/sql/audit_views.sql.

CREATE VIEW audit_i19_on_hand WITH (security_invoker = true) AS
SELECT coalesce(b.company_id, m.company_id) AS company_id,
    coalesce(b.item_id, m.item_id) || ' ' || coalesce(b.warehouse_id, m.warehouse_id) AS key,
    'balance ' || coalesce(b.on_hand, 0) || ', movements ' || coalesce(m.quantity, 0) AS detail
FROM inventory_stockbalance b
FULL JOIN (SELECT company_id, item_id, warehouse_id, sum(quantity) AS quantity FROM inventory_stockmovement GROUP BY 1, 2, 3) m
    ON m.company_id = b.company_id AND m.item_id = b.item_id AND m.warehouse_id = b.warehouse_id
WHERE coalesce(b.on_hand, 0) <> coalesce(m.quantity, 0);
COMMENT ON VIEW audit_i19_on_hand IS 'What is on hand is the sum of the movements';

CREATE VIEW audit_i20_never_negative WITH (security_invoker = true) AS
SELECT b.company_id, b.item_id || ' ' || b.warehouse_id AS key, 'on hand ' || b.on_hand || ', reserved ' || b.reserved AS detail
FROM inventory_stockbalance b WHERE (b.reserved >= 0 AND b.on_hand >= b.reserved) IS NOT TRUE OR b.on_hand = 'NaN'
UNION ALL
SELECT d.company_id, d.item_id || ' ' || d.warehouse_id, d.held || ' at the end of ' || d.booking_date
FROM (SELECT m.company_id, m.item_id, m.warehouse_id, m.booking_date, sum(sum(m.quantity)) OVER (
        PARTITION BY m.company_id, m.item_id, m.warehouse_id ORDER BY m.booking_date) AS held
    FROM inventory_stockmovement m GROUP BY 1, 2, 3, 4) d
WHERE d.held < 0;
COMMENT ON VIEW audit_i20_never_negative IS 'Stock is never below zero, on no date, nor below what is reserved now';

CREATE VIEW audit_i21_movement_quantity WITH (security_invoker = true) AS
SELECT m.company_id, m.id::text AS key, m.quantity || ' moved, layers say '
        || coalesce(l.quantity, 0) - coalesce(c.quantity, 0) AS detail
FROM inventory_stockmovement m
LEFT JOIN inventory_stocklayer l ON l.company_id = m.company_id AND l.movement_id = m.id
LEFT JOIN (SELECT company_id, movement_id, sum(quantity) AS quantity FROM inventory_layerconsumption GROUP BY 1, 2) c
    ON c.company_id = m.company_id AND c.movement_id = m.id
WHERE m.quantity <> coalesce(l.quantity, 0) - coalesce(c.quantity, 0);
COMMENT ON VIEW audit_i21_movement_quantity IS 'The quantity of a movement is what its layers gave or got';

CREATE VIEW audit_i22_movement_value WITH (security_invoker = true) AS
SELECT m.company_id, m.id::text AS key, m.value || ' moved, layers say ' || coalesce(l.value, 0) - coalesce(c.cost, 0) AS detail
FROM inventory_stockmovement m
LEFT JOIN inventory_stocklayer l ON l.company_id = m.company_id AND l.movement_id = m.id
LEFT JOIN (SELECT company_id, movement_id, sum(cost) AS cost FROM inventory_layerconsumption GROUP BY 1, 2) c
    ON c.company_id = m.company_id AND c.movement_id = m.id
WHERE m.value <> coalesce(l.value, 0) - coalesce(c.cost, 0);
COMMENT ON VIEW audit_i22_movement_value IS 'The value of a movement is what its layers gave or got';

CREATE VIEW audit_i23_layer_left WITH (security_invoker = true) AS
SELECT l.company_id, l.id::text AS key,
    l.quantity_left || '/' || l.value_left || ' left, ' || l.quantity - coalesce(c.quantity, 0) || '/'
        || l.value - coalesce(c.cost, 0) || ' by consumption' AS detail
FROM inventory_stocklayer l
LEFT JOIN (SELECT company_id, layer_id, sum(quantity) AS quantity, sum(cost) AS cost
    FROM inventory_layerconsumption GROUP BY 1, 2) c ON c.company_id = l.company_id AND c.layer_id = l.id
WHERE l.quantity_left <> l.quantity - coalesce(c.quantity, 0) OR l.value_left <> l.value - coalesce(c.cost, 0)
    OR (l.quantity_left >= 0 AND l.value_left >= 0 AND (l.quantity_left > 0 OR l.value_left = 0)) IS NOT TRUE;
COMMENT ON VIEW audit_i23_layer_left IS 'What is left of a layer is what came less what went, and never below zero';

CREATE VIEW audit_i25_layer_came_once WITH (security_invoker = true) AS
SELECT l.company_id, l.id::text AS key, 'came with another item, place, day, or with an issue' AS detail
FROM inventory_stocklayer l
LEFT JOIN inventory_stockmovement m ON m.company_id = l.company_id AND m.id = l.movement_id
WHERE m.id IS NULL OR m.item_id <> l.item_id OR m.warehouse_id <> l.warehouse_id OR m.booking_date <> l.booked_on
    OR m.quantity < 0
UNION ALL
SELECT l.company_id, l.movement_id::text, count(*) || ' layers of one movement'
FROM inventory_stocklayer l GROUP BY l.company_id, l.movement_id HAVING count(*) > 1
UNION ALL
SELECT c.company_id, c.id::text, 'taken from a layer of another item, place, or booked later'
FROM inventory_layerconsumption c
JOIN inventory_stockmovement m ON m.company_id = c.company_id AND m.id = c.movement_id
JOIN inventory_stocklayer l ON l.company_id = c.company_id AND l.id = c.layer_id
WHERE m.item_id <> l.item_id OR m.warehouse_id <> l.warehouse_id OR m.booking_date < l.booked_on;
COMMENT ON VIEW audit_i25_layer_came_once IS 'A layer came with one movement of its item and place, and is taken from there only';

CREATE VIEW audit_i27_stock_is_booked WITH (security_invoker = true) AS
SELECT coalesce(e.company_id, m.company_id) AS company_id, coalesce(e.voucher_id, m.voucher_id)::text AS key,
    'booked ' || coalesce(e.value, 0) || ', moved ' || coalesce(m.value, 0) AS detail
FROM (SELECT company_id, voucher_id, sum(debit - credit) AS value FROM accounting_ledgerentry
    WHERE role = 'INVENTORY' GROUP BY 1, 2) e
FULL JOIN (SELECT company_id, voucher_id, sum(value) AS value FROM inventory_stockmovement
    WHERE voucher_id IS NOT NULL GROUP BY 1, 2) m ON m.company_id = e.company_id AND m.voucher_id = e.voucher_id
WHERE coalesce(e.value, 0) <> coalesce(m.value, 0)
UNION ALL
SELECT m.company_id, m.id::text, m.kind || ' without a voucher, or on another day'
FROM inventory_stockmovement m
LEFT JOIN accounting_voucher v ON v.company_id = m.company_id AND v.id = m.voucher_id
WHERE (v.id IS NULL AND m.kind <> 'TRANSFER') OR v.voucher_date <> m.booking_date;
COMMENT ON VIEW audit_i27_stock_is_booked IS 'What moved in stock is what its voucher booked, on the same day';

CREATE VIEW audit_i28_stock_documents_numbered WITH (security_invoker = true) AS
SELECT coalesce(x.company_id, s.company_id) AS company_id, 'STK ' || coalesce(x.year, s.year) AS key,
    coalesce(x.rows, 0) || ' numbers up to ' || coalesce(x.top, 0) || ', series at ' || coalesce(s.last_number, 0) AS detail
FROM (SELECT d.company_id, substring(d.number FROM '^STK-([0-9]{4})-')::int AS year, count(*) AS rows,
        max(substring(d.number FROM '([0-9]{5,8})$')::int) AS top
    FROM inventory_stockdocument d GROUP BY 1, 2) x
FULL JOIN (SELECT * FROM erp_numberseries WHERE series = 'STK') s ON s.company_id = x.company_id AND s.year = x.year
WHERE coalesce(x.rows, 0) <> coalesce(x.top, 0) OR coalesce(x.top, 0) <> coalesce(s.last_number, 0);
COMMENT ON VIEW audit_i28_stock_documents_numbered IS 'Numbers of stock documents of a year are 1…n without a gap';

CREATE VIEW audit_i39_stock_value_is_booked WITH (security_invoker = true) AS
SELECT coalesce(l.company_id, e.company_id) AS company_id, 'layers' AS key,
    'layers ' || coalesce(l.value, 0) || ', Inventory account ' || coalesce(e.value, 0) AS detail
FROM (SELECT company_id, sum(value_left) AS value FROM inventory_stocklayer GROUP BY 1) l
FULL JOIN (SELECT company_id, sum(debit - credit) AS value FROM accounting_ledgerentry WHERE role = 'INVENTORY' GROUP BY 1) e
    ON e.company_id = l.company_id
WHERE coalesce(l.value, 0) <> coalesce(e.value, 0)
UNION ALL
SELECT coalesce(m.company_id, e.company_id), coalesce(m.day, e.day)::text,
    'moved ' || coalesce(m.value, 0) || ', booked ' || coalesce(e.value, 0)
FROM (SELECT company_id, booking_date AS day, sum(value) AS value FROM inventory_stockmovement GROUP BY 1, 2) m
FULL JOIN (SELECT company_id, voucher_date AS day, sum(debit - credit) AS value FROM accounting_ledgerentry
    WHERE role = 'INVENTORY' GROUP BY 1, 2) e ON e.company_id = m.company_id AND e.day = m.day
WHERE coalesce(m.value, 0) <> coalesce(e.value, 0);
COMMENT ON VIEW audit_i39_stock_value_is_booked IS 'The layers are worth what the Inventory account says, and were on every day';

CREATE VIEW audit_i41_reserved WITH (security_invoker = true) AS
SELECT coalesce(b.company_id, r.company_id) AS company_id,
    coalesce(b.item_id, r.item_id) || ' ' || coalesce(b.warehouse_id, r.warehouse_id) AS key,
    'balance ' || coalesce(b.reserved, 0) || ', reservations ' || coalesce(r.quantity, 0) AS detail
FROM inventory_stockbalance b
FULL JOIN (SELECT company_id, item_id, warehouse_id, sum(quantity) AS quantity FROM inventory_reservation GROUP BY 1, 2, 3) r
    ON r.company_id = b.company_id AND r.item_id = b.item_id AND r.warehouse_id = b.warehouse_id
WHERE coalesce(b.reserved, 0) <> coalesce(r.quantity, 0);
COMMENT ON VIEW audit_i41_reserved IS 'What is reserved is the sum of the reservations';

CREATE VIEW audit_i42_restored_within_taken WITH (security_invoker = true) AS
SELECT o.company_id, o.id::text AS key,
    o.quantity || '/' || o.cost || ' taken, ' || -r.quantity || '/' || -r.cost || ' put back' AS detail
FROM inventory_layerconsumption o
JOIN (SELECT r.company_id, r.restores_id, sum(r.quantity) AS quantity, sum(r.cost) AS cost, min(r.layer_id::text) AS layer,
        max(r.layer_id::text) AS other_layer, min(m.booking_date) AS day
    FROM inventory_layerconsumption r
    JOIN inventory_stockmovement m ON m.company_id = r.company_id AND m.id = r.movement_id
    WHERE r.restores_id IS NOT NULL GROUP BY 1, 2) r ON r.company_id = o.company_id AND r.restores_id = o.id
JOIN inventory_stockmovement taken ON taken.company_id = o.company_id AND taken.id = o.movement_id
WHERE o.restores_id IS NOT NULL OR o.quantity + r.quantity < 0 OR o.cost + r.cost < 0 OR r.day < taken.booking_date
    OR (o.quantity + r.quantity = 0 AND o.cost + r.cost <> 0)
    OR r.layer <> o.layer_id::text OR r.other_layer <> o.layer_id::text;
COMMENT ON VIEW audit_i42_restored_within_taken IS 'No more goes back than was taken, into its layer, at its cost, not earlier';

CREATE VIEW audit_i49_tracking_and_batches WITH (security_invoker = true) AS
SELECT i.company_id, i.sku::text AS key, 'a service that is tracked' AS detail
FROM inventory_item i WHERE i.kind = 'SERVICE' AND i.tracked
UNION ALL
SELECT l.company_id, l.id::text, 'a layer without batch, or with another item''s'
FROM inventory_stocklayer l
JOIN inventory_item i ON i.company_id = l.company_id AND i.id = l.item_id
LEFT JOIN inventory_batch b ON b.company_id = l.company_id AND b.id = l.batch_id
WHERE b.item_id <> l.item_id OR (i.batch_required AND l.batch_id IS NULL AND l.quantity_left > 0)
UNION ALL
SELECT m.company_id, m.id::text, i.sku || ' is not tracked, and moved'
FROM inventory_stockmovement m
JOIN inventory_item i ON i.company_id = m.company_id AND i.id = m.item_id WHERE NOT i.tracked;
COMMENT ON VIEW audit_i49_tracking_and_batches IS 'Services have no stock; layers have their item''s batch where it needs one';

CREATE VIEW audit_i32_inventory_rows_stay_apart WITH (security_invoker = true) AS
SELECT c.company_id, 'inventory_item.uom_id of ' || c.id AS key, 'refers to nothing of its company' AS detail
FROM inventory_item c LEFT JOIN inventory_uom p ON p.id = c.uom_id AND p.company_id = c.company_id
WHERE c.uom_id IS NOT NULL AND p.id IS NULL
UNION ALL
SELECT c.company_id, 'inventory_batch.item_id of ' || c.id, 'refers to nothing of its company'
FROM inventory_batch c LEFT JOIN inventory_item p ON p.id = c.item_id AND p.company_id = c.company_id
WHERE c.item_id IS NOT NULL AND p.id IS NULL
UNION ALL
SELECT c.company_id, 'inventory_stockbalance.item_id of ' || c.id, 'refers to nothing of its company'
FROM inventory_stockbalance c LEFT JOIN inventory_item p ON p.id = c.item_id AND p.company_id = c.company_id
WHERE c.item_id IS NOT NULL AND p.id IS NULL
UNION ALL
SELECT c.company_id, 'inventory_stockbalance.warehouse_id of ' || c.id, 'refers to nothing of its company'
FROM inventory_stockbalance c LEFT JOIN inventory_warehouse p ON p.id = c.warehouse_id AND p.company_id = c.company_id
WHERE c.warehouse_id IS NOT NULL AND p.id IS NULL
UNION ALL
SELECT c.company_id, 'inventory_reservation.item_id of ' || c.id, 'refers to nothing of its company'
FROM inventory_reservation c LEFT JOIN inventory_item p ON p.id = c.item_id AND p.company_id = c.company_id
WHERE c.item_id IS NOT NULL AND p.id IS NULL
UNION ALL
SELECT c.company_id, 'inventory_reservation.warehouse_id of ' || c.id, 'refers to nothing of its company'
FROM inventory_reservation c LEFT JOIN inventory_warehouse p ON p.id = c.warehouse_id AND p.company_id = c.company_id
WHERE c.warehouse_id IS NOT NULL AND p.id IS NULL
UNION ALL
SELECT c.company_id, 'inventory_stockmovement.item_id of ' || c.id, 'refers to nothing of its company'
FROM inventory_stockmovement c LEFT JOIN inventory_item p ON p.id = c.item_id AND p.company_id = c.company_id
WHERE c.item_id IS NOT NULL AND p.id IS NULL
UNION ALL
SELECT c.company_id, 'inventory_stockmovement.warehouse_id of ' || c.id, 'refers to nothing of its company'
FROM inventory_stockmovement c LEFT JOIN inventory_warehouse p ON p.id = c.warehouse_id AND p.company_id = c.company_id
WHERE c.warehouse_id IS NOT NULL AND p.id IS NULL
UNION ALL
SELECT c.company_id, 'inventory_stockmovement.voucher_id of ' || c.id, 'refers to nothing of its company'
FROM inventory_stockmovement c LEFT JOIN accounting_voucher p ON p.id = c.voucher_id AND p.company_id = c.company_id
WHERE c.voucher_id IS NOT NULL AND p.id IS NULL
UNION ALL
SELECT c.company_id, 'inventory_stocklayer.item_id of ' || c.id, 'refers to nothing of its company'
FROM inventory_stocklayer c LEFT JOIN inventory_item p ON p.id = c.item_id AND p.company_id = c.company_id
WHERE c.item_id IS NOT NULL AND p.id IS NULL
UNION ALL
SELECT c.company_id, 'inventory_stocklayer.warehouse_id of ' || c.id, 'refers to nothing of its company'
FROM inventory_stocklayer c LEFT JOIN inventory_warehouse p ON p.id = c.warehouse_id AND p.company_id = c.company_id
WHERE c.warehouse_id IS NOT NULL AND p.id IS NULL
UNION ALL
SELECT c.company_id, 'inventory_stocklayer.batch_id of ' || c.id, 'refers to nothing of its company'
FROM inventory_stocklayer c LEFT JOIN inventory_batch p ON p.id = c.batch_id AND p.company_id = c.company_id
WHERE c.batch_id IS NOT NULL AND p.id IS NULL
UNION ALL
SELECT c.company_id, 'inventory_stocklayer.movement_id of ' || c.id, 'refers to nothing of its company'
FROM inventory_stocklayer c LEFT JOIN inventory_stockmovement p ON p.id = c.movement_id AND p.company_id = c.company_id
WHERE c.movement_id IS NOT NULL AND p.id IS NULL
UNION ALL
SELECT c.company_id, 'inventory_stocklayer.successor_of_id of ' || c.id, 'refers to nothing of its company'
FROM inventory_stocklayer c LEFT JOIN inventory_stocklayer p ON p.id = c.successor_of_id AND p.company_id = c.company_id
WHERE c.successor_of_id IS NOT NULL AND p.id IS NULL
UNION ALL
SELECT c.company_id, 'inventory_layerconsumption.movement_id of ' || c.id, 'refers to nothing of its company'
FROM inventory_layerconsumption c LEFT JOIN inventory_stockmovement p ON p.id = c.movement_id AND p.company_id = c.company_id
WHERE c.movement_id IS NOT NULL AND p.id IS NULL
UNION ALL
SELECT c.company_id, 'inventory_layerconsumption.layer_id of ' || c.id, 'refers to nothing of its company'
FROM inventory_layerconsumption c LEFT JOIN inventory_stocklayer p ON p.id = c.layer_id AND p.company_id = c.company_id
WHERE c.layer_id IS NOT NULL AND p.id IS NULL
UNION ALL
SELECT c.company_id, 'inventory_layerconsumption.restores_id of ' || c.id, 'refers to nothing of its company'
FROM inventory_layerconsumption c LEFT JOIN inventory_layerconsumption p ON p.id = c.restores_id AND p.company_id = c.company_id
WHERE c.restores_id IS NOT NULL AND p.id IS NULL
UNION ALL
SELECT c.company_id, 'inventory_stockdocument.warehouse_id of ' || c.id, 'refers to nothing of its company'
FROM inventory_stockdocument c LEFT JOIN inventory_warehouse p ON p.id = c.warehouse_id AND p.company_id = c.company_id
WHERE c.warehouse_id IS NOT NULL AND p.id IS NULL
UNION ALL
SELECT c.company_id, 'inventory_stockdocument.voucher_id of ' || c.id, 'refers to nothing of its company'
FROM inventory_stockdocument c LEFT JOIN accounting_voucher p ON p.id = c.voucher_id AND p.company_id = c.company_id
WHERE c.voucher_id IS NOT NULL AND p.id IS NULL;
COMMENT ON VIEW audit_i32_inventory_rows_stay_apart IS 'No row of inventory refers to another company''s row, or to none';
