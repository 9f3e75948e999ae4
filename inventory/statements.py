"""The hand-written SQL of the stock: locking places, reading layers, writing movements and promises.

Every statement names the company. Texts are fixed; values are bound.
"""

ORDER_LINE = "sales_order_line"
"""The kind of source that stock is promised to."""

_RATES_OF_ITEM = """LEFT JOIN LATERAL (
    SELECT r.valid_from, r.gst_rate FROM inventory_itemrate r
    WHERE r.company_id = {item}.company_id AND r.item_id = {item}.id AND r.valid_from <= {day}
    ORDER BY r.valid_from DESC LIMIT 1) own ON true
LEFT JOIN LATERAL (
    SELECT h.gst_rate FROM inventory_hsnrate h
    WHERE h.company_id = {item}.company_id AND h.valid_from <= {day}
        AND h.hsn_code IN (left({item}.hsn_code, 4), left({item}.hsn_code, 5), left({item}.hsn_code, 6),
            left({item}.hsn_code, 7), {item}.hsn_code)
    ORDER BY length(h.hsn_code) DESC, h.valid_from DESC LIMIT 1) hsn ON true"""
_OWN_RATE = "CASE WHEN own.valid_from IS NULL THEN {item}.gst_rate ELSE own.gst_rate END"

_HOLDING_RATE = f"CASE WHEN {{item}}.tax_category <> 'TAXABLE' THEN 0 ELSE coalesce({_OWN_RATE}, hsn.gst_rate) END"

GST_RATES = f"""
SELECT i.id, {_OWN_RATE.format(item="i")}, {_HOLDING_RATE.format(item="i")}
FROM inventory_item i
{_RATES_OF_ITEM.format(item="i", day="%(day)s")}
WHERE i.company_id = %(company)s AND i.id = ANY(%(items)s)
"""
HOLDING_RATE = f"(SELECT {_HOLDING_RATE} FROM (SELECT) AS one {_RATES_OF_ITEM})"
"""The rate that holds for an item on a day, as a part of a statement; null where none is known, 0 on what bears no GST."""

PRICE_CANDIDATES = """
SELECT p.item_id, coalesce(array_position(%(lists)s::uuid[], l.id), cardinality(%(lists)s::uuid[]) + 1), p.min_quantity,
    p.unit_rate, p.discount_pct, p.valid_from
FROM inventory_pricelist l
JOIN inventory_price p ON p.company_id = l.company_id AND p.price_list_id = l.id
WHERE l.company_id = %(company)s AND l.kind = %(kind)s AND l.currency_id = %(currency)s
    AND (l.is_default OR l.id = ANY(%(lists)s::uuid[])) AND p.item_id = ANY(%(items)s)
    AND coalesce(l.valid_from <= %(day)s, true) AND coalesce(l.valid_to >= %(day)s, true)
    AND coalesce(p.valid_from <= %(day)s, true) AND coalesce(p.valid_to >= %(day)s, true)
"""

LOCK_BALANCES = """
WITH place AS (
    SELECT * FROM jsonb_to_recordset(%(places)s::jsonb) AS p (id uuid, item_id uuid, warehouse_id uuid)
), missing AS (
    INSERT INTO inventory_stockbalance (id, company_id, item_id, warehouse_id, on_hand, reserved)
    SELECT p.id, %(company)s, p.item_id, p.warehouse_id, 0, 0 FROM place p
    WHERE NOT EXISTS (SELECT 1 FROM inventory_stockbalance b WHERE b.company_id = %(company)s
        AND b.item_id = p.item_id AND b.warehouse_id = p.warehouse_id)
    ORDER BY p.item_id, p.warehouse_id
    ON CONFLICT (company_id, item_id, warehouse_id) DO NOTHING
    RETURNING item_id, warehouse_id
), present AS (
    SELECT b.item_id, b.warehouse_id, b.on_hand, b.reserved
    FROM inventory_stockbalance b JOIN place p ON p.item_id = b.item_id AND p.warehouse_id = b.warehouse_id
    WHERE b.company_id = %(company)s AND (SELECT count(*) FROM missing) >= 0
    ORDER BY b.item_id, b.warehouse_id
    FOR NO KEY UPDATE OF b
)
SELECT item_id, warehouse_id, on_hand, reserved FROM present
UNION ALL
SELECT item_id, warehouse_id, 0, 0 FROM missing
"""

_LAYER_COLUMNS = """
SELECT l.item_id, l.warehouse_id, l.id, l.received_on, b.expiry_date, l.batch_id, l.quantity, l.value, l.quantity_left,
    l.value_left, coalesce(held.least, l.quantity_left) AS usable"""
_LAYERS_HELD = """
FROM inventory_stocklayer l
JOIN jsonb_to_recordset(%(places)s::jsonb) AS p (item_id uuid, warehouse_id uuid)
    ON p.item_id = l.item_id AND p.warehouse_id = l.warehouse_id
JOIN inventory_warehouse w ON w.company_id = l.company_id AND w.id = l.warehouse_id
LEFT JOIN inventory_batch b ON b.company_id = l.company_id AND b.id = l.batch_id
LEFT JOIN LATERAL (
    SELECT l.quantity - max(s.gone) AS least FROM (
        SELECT sum(sum(c.quantity)) OVER (ORDER BY greatest(m.booking_date, %(day)s)) AS gone
        FROM inventory_layerconsumption c
        JOIN inventory_stockmovement m ON m.company_id = c.company_id AND m.id = c.movement_id
        WHERE c.company_id = l.company_id AND c.layer_id = l.id
        GROUP BY greatest(m.booking_date, %(day)s)) s
    WHERE EXISTS (
        SELECT 1 FROM inventory_layerconsumption r
        JOIN inventory_stockmovement m ON m.company_id = r.company_id AND m.id = r.movement_id
        WHERE r.company_id = l.company_id AND r.layer_id = l.id AND r.restores_id IS NOT NULL AND m.booking_date > %(day)s)
    ) held ON true
WHERE l.company_id = %(company)s AND l.quantity_left > 0 AND coalesce(held.least, l.quantity_left) > 0
    AND l.booked_on <= %(day)s
"""
_SELLS_EXPIRED = "(SELECT k.sell_expired = 'warn' FROM erp_company k WHERE k.id = %(company)s)"
"""Whether the company's policy lets expired goods be sold; asked once a statement."""

_SELLABLE = f"""NOT w.is_quarantine AND b.is_blocked IS NOT TRUE
    AND (b.expiry_date IS NULL OR b.expiry_date >= %(day)s OR {_SELLS_EXPIRED})"""

_OF_THESE = "(%(layers)s::uuid[] IS NULL OR l.id = ANY(%(layers)s::uuid[]))"
HELD_LAYERS = f"{_LAYER_COLUMNS}, {_SELLABLE} {_LAYERS_HELD} AND {_OF_THESE}"
"""What a write-off or a transfer may take: expired, blocked and quarantined goods as well. The last column tells whether the
layer is usable for a sale."""

USABLE_LAYERS = f"{_LAYER_COLUMNS} {_LAYERS_HELD} AND {_SELLABLE}\n"
"""The one predicate of a usable layer: goods left, booked by that day, not in quarantine, not blocked, not expired (unless
the company sells what has).

Of a layer that something was put back into later, only the least that it held on any day since is usable: what came back
was not there yet. Rows of `places`, in the order of `Layer` after item and warehouse.
"""

USABLE_STOCK = f"""
SELECT u.item_id, u.warehouse_id, u.id, u.received_on, u.expiry_date, u.batch_id, u.quantity, u.value, u.quantity_left,
    u.value_left, u.usable, u.in_all
FROM (
    SELECT l.*, sum(l.usable) OVER place AS in_all, coalesce(sum(l.usable) OVER (
            PARTITION BY l.item_id, l.warehouse_id
            ORDER BY CASE WHEN m.issue_rule = 'FEFO' THEN l.expiry_date END, l.received_on, l.id
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before
    FROM ({USABLE_LAYERS}) AS l
    JOIN inventory_item m ON m.company_id = %(company)s AND m.id = l.item_id
    WINDOW place AS (PARTITION BY l.item_id, l.warehouse_id)) AS u
JOIN jsonb_to_recordset(%(places)s::jsonb) AS p (item_id uuid, warehouse_id uuid, wanted numeric)
    ON p.item_id = u.item_id AND p.warehouse_id = u.warehouse_id
WHERE u.before = 0 OR u.before < p.wanted OR u.batch_id = ANY(%(batches)s)
UNION ALL
SELECT r.item_id, r.warehouse_id, r.source_id, NULL, NULL, NULL, NULL, NULL, r.quantity, NULL, NULL, NULL
FROM inventory_reservation r
WHERE r.company_id = %(company)s AND r.source_kind = '{ORDER_LINE}' AND r.source_id = ANY(%(sources)s)
"""
"""Layers with what all of their place hold, and after them, without a day of receipt, reservations.

Of a place with many layers only those come that `wanted` may reach into, in the order of the item's rule, with all of the
batches asked for: what an issue costs does not grow with what lies in the warehouse."""

LAYERS_OF_ONE = """
WITH RECURSIVE piece AS (
    SELECT n.line, l.id, l.item_id, l.warehouse_id
    FROM jsonb_to_recordset(%(lines)s::jsonb) AS n (line int, layer uuid)
    JOIN inventory_stocklayer l ON l.company_id = %(company)s AND l.id = n.layer
    UNION ALL
    SELECT p.line, l.id, l.item_id, l.warehouse_id
    FROM piece p JOIN inventory_stocklayer l ON l.company_id = %(company)s AND l.successor_of_id = p.id
)
SELECT line, id, item_id, warehouse_id FROM piece ORDER BY line, id
"""
"""The layer of each line, and those that went on with its goods, wherever they lie."""

HELD_ON_DAY = """
SELECT h.item_id, h.batch_id, sum(h.quantity) FROM (
    SELECT l.item_id, l.batch_id, l.quantity_left AS quantity FROM inventory_stocklayer l
    WHERE l.company_id = %(company)s AND l.warehouse_id = %(warehouse)s AND l.item_id = ANY(%(items)s)
        AND l.quantity_left > 0
    UNION ALL
    SELECT m.item_id, l.batch_id, -l.quantity FROM inventory_stockmovement m
    JOIN inventory_stocklayer l ON l.company_id = m.company_id AND l.movement_id = m.id
    WHERE m.company_id = %(company)s AND m.warehouse_id = %(warehouse)s AND m.item_id = ANY(%(items)s)
        AND m.booking_date > %(day)s
    UNION ALL
    SELECT m.item_id, l.batch_id, c.quantity FROM inventory_stockmovement m
    JOIN inventory_layerconsumption c ON c.company_id = m.company_id AND c.movement_id = m.id
    JOIN inventory_stocklayer l ON l.company_id = c.company_id AND l.id = c.layer_id
    WHERE m.company_id = %(company)s AND m.warehouse_id = %(warehouse)s AND m.item_id = ANY(%(items)s)
        AND m.booking_date > %(day)s
) h GROUP BY h.item_id, h.batch_id
"""
"""What lay in a warehouse at the end of a day, by item and batch: what lies there now, less what has come since, and with
what has gone since. So it costs as much as has happened since that day, not as much as ever happened."""

LAST_RECEIPTS = """
SELECT w.item_id, r.quantity, r.value
FROM unnest(%(items)s::uuid[]) AS w (item_id)
CROSS JOIN LATERAL (
    SELECT m.quantity, m.value FROM inventory_stockmovement m
    WHERE m.company_id = %(company)s AND m.item_id = w.item_id AND m.kind IN ('RECEIPT', 'OPENING')
        AND m.booking_date <= %(day)s
        AND NOT EXISTS (SELECT 1 FROM inventory_stockmovement u
            WHERE u.company_id = m.company_id AND u.source_id = m.source_id AND u.kind = 'REVERSAL')
    ORDER BY m.booking_date DESC, m.id DESC LIMIT 1) r
"""
"""What came last of each item, into whatever warehouse, and was not taken back."""

WRITE_ISSUES = """issue AS (
    SELECT w.*, nextval('inventory_stockmovement_id_seq') AS id
    FROM jsonb_to_recordset(%(movements)s::jsonb) AS w (place int, item_id uuid, warehouse_id uuid, kind text,
        quantity numeric, value numeric, source_kind text, source_id uuid, source_line_id uuid, voucher_id uuid)
), movement AS (
    INSERT INTO inventory_stockmovement (id, company_id, item_id, warehouse_id, kind, quantity, value, booking_date,
        source_kind, source_id, source_line_id, voucher_id, recorded_at)
    SELECT i.id, %(company)s, i.item_id, i.warehouse_id, i.kind, i.quantity, i.value, %(issued_on)s, i.source_kind,
        i.source_id, i.source_line_id, i.voucher_id, %(now)s
    FROM issue i
    RETURNING 1
), consumption AS (
    INSERT INTO inventory_layerconsumption (company_id, movement_id, layer_id, quantity, cost)
    SELECT %(company)s, i.id, t.layer_id, t.quantity, t.cost
    FROM ROWS FROM (jsonb_to_recordset(%(takings)s::jsonb)
            AS (place int, layer_id uuid, quantity numeric, cost numeric))
        WITH ORDINALITY AS t (place, layer_id, quantity, cost, turn)
    JOIN issue i ON i.place = t.place
    WHERE (SELECT count(*) FROM movement) >= 0
    ORDER BY t.turn
    RETURNING 1
)"""
"""The CTEs `issue`, `movement` and `consumption`, of `issue_rows`: to stand alone or in a larger statement.

The ids of the consumption rows tell in which order the layers gave, whatever order the join comes out in: returns go back
latest first."""

WRITE_ARRIVALS = """
WITH wanted AS (
    SELECT a.*, nextval('inventory_stockmovement_id_seq') AS id
    FROM jsonb_to_recordset(%(arrivals)s::jsonb) AS a (layer_id uuid, item_id uuid, warehouse_id uuid, kind text,
        quantity numeric, value numeric, source_kind text, source_id uuid, source_line_id uuid, voucher_id uuid,
        received_on date, batch_id uuid)
), movement AS (
    INSERT INTO inventory_stockmovement (id, company_id, item_id, warehouse_id, kind, quantity, value, booking_date,
        source_kind, source_id, source_line_id, voucher_id, recorded_at)
    SELECT w.id, %(company)s, w.item_id, w.warehouse_id, w.kind, w.quantity, w.value, %(day)s, w.source_kind, w.source_id,
        w.source_line_id, w.voucher_id, %(now)s
    FROM wanted w
    RETURNING 1
)
INSERT INTO inventory_stocklayer (id, company_id, item_id, warehouse_id, batch_id, received_on, booked_on, quantity, value,
    quantity_left, value_left, movement_id)
SELECT w.layer_id, %(company)s, w.item_id, w.warehouse_id, w.batch_id, w.received_on, %(day)s, w.quantity, w.value,
    w.quantity, w.value, w.id
FROM wanted w WHERE (SELECT count(*) FROM movement) >= 0
"""

MOVE_GOODS = """
WITH wanted AS (
    SELECT m.*, nextval('inventory_stockmovement_id_seq') AS id
    FROM jsonb_to_recordset(%(movements)s::jsonb) AS m (place int, item_id uuid, warehouse_id uuid, kind text,
        quantity numeric, value numeric)
), movement AS (
    INSERT INTO inventory_stockmovement (id, company_id, item_id, warehouse_id, kind, quantity, value, booking_date,
        source_kind, source_id, source_line_id, voucher_id, recorded_at)
    SELECT w.id, %(company)s, w.item_id, w.warehouse_id, w.kind, w.quantity, w.value, %(day)s, %(source_kind)s,
        %(source)s, NULL, %(voucher)s, %(now)s
    FROM wanted w
    RETURNING 1
), consumption AS (
    INSERT INTO inventory_layerconsumption (company_id, movement_id, layer_id, quantity, cost, restores_id)
    SELECT %(company)s, w.id, c.layer_id, c.quantity, c.cost, c.restores_id
    FROM jsonb_to_recordset(%(consumptions)s::jsonb) AS c (place int, turn int, layer_id uuid, quantity numeric,
        cost numeric, restores_id bigint)
    JOIN wanted w ON w.place = c.place
    WHERE (SELECT count(*) FROM movement) >= 0
    ORDER BY c.place, c.turn
    RETURNING 1
)
INSERT INTO inventory_stocklayer (id, company_id, item_id, warehouse_id, batch_id, received_on, booked_on, quantity, value,
    quantity_left, value_left, movement_id, successor_of_id)
SELECT l.id, %(company)s, w.item_id, w.warehouse_id, l.batch_id, l.received_on, %(day)s, l.quantity, l.value, l.quantity,
    l.value, w.id, l.of
FROM jsonb_to_recordset(%(layers)s::jsonb) AS l (place int, id uuid, of uuid, received_on date, batch_id uuid,
    quantity numeric, value numeric)
JOIN wanted w ON w.place = l.place
WHERE (SELECT count(*) FROM consumption) >= 0
"""
"""What goes and what comes of one document in one statement, so that the triggers judge it as a whole."""

RESERVE = f"""
WITH promise AS (
    INSERT INTO inventory_reservation AS r (id, company_id, item_id, warehouse_id, quantity, source_kind, source_id,
        source_number)
    SELECT p.id, %(company)s, p.item_id, p.warehouse_id, p.quantity, '{ORDER_LINE}', p.source_id, p.source_number
    FROM jsonb_populate_recordset(NULL::inventory_reservation, %(promises)s::jsonb) AS p
    ON CONFLICT (company_id, source_kind, source_id) DO UPDATE SET quantity = r.quantity + EXCLUDED.quantity
    RETURNING 1
)
UPDATE inventory_stockbalance b
SET reserved = b.reserved + p.quantity
FROM (SELECT item_id, warehouse_id, sum(quantity) AS quantity
    FROM jsonb_populate_recordset(NULL::inventory_reservation, %(promises)s::jsonb) GROUP BY 1, 2) AS p
WHERE b.company_id = %(company)s AND b.item_id = p.item_id AND b.warehouse_id = p.warehouse_id
    AND (SELECT count(*) FROM promise) >= 0
"""

NEWEST_RESERVATIONS = f"""
SELECT r.item_id, r.warehouse_id, r.source_id, r.source_number, least(r.quantity, r.over - r.before)
FROM (
    SELECT r.*, p.over, coalesce(sum(r.quantity) OVER (PARTITION BY r.item_id, r.warehouse_id ORDER BY r.id DESC
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before
    FROM inventory_reservation r
    JOIN jsonb_to_recordset(%(places)s::jsonb) AS p (item_id uuid, warehouse_id uuid, over numeric)
        ON p.item_id = r.item_id AND p.warehouse_id = r.warehouse_id
    WHERE r.company_id = %(company)s AND r.source_kind = '{ORDER_LINE}') r
WHERE r.before < r.over
ORDER BY r.id DESC
"""
"""Those that have to give way, the newest first, and how much of each."""

WRITE_RELEASES = f"""held AS (
    SELECT r.id, r.item_id, r.warehouse_id, least(r.quantity, w.quantity) AS gone, r.quantity
    FROM inventory_reservation r
    JOIN jsonb_to_recordset(%(releases)s::jsonb) AS w (source_id uuid, quantity numeric) ON w.source_id = r.source_id
    WHERE r.company_id = %(company)s AND r.source_kind = '{ORDER_LINE}'
), shrunk AS (
    UPDATE inventory_reservation r SET quantity = h.quantity - h.gone
    FROM held h WHERE r.company_id = %(company)s AND r.id = h.id AND h.gone < h.quantity
), ended AS (
    DELETE FROM inventory_reservation r USING held h
    WHERE r.company_id = %(company)s AND r.id = h.id AND h.gone = h.quantity
), released AS (
    UPDATE inventory_stockbalance b SET reserved = b.reserved - h.gone
    FROM (SELECT item_id, warehouse_id, sum(gone) AS gone FROM held GROUP BY 1, 2) AS h
    WHERE b.company_id = %(company)s AND b.item_id = h.item_id AND b.warehouse_id = h.warehouse_id
    RETURNING 1
)"""
"""The CTEs `held`, `shrunk`, `ended` and `released`, of `release_rows`: to stand alone or in a larger statement."""

RELEASE = f"WITH {WRITE_RELEASES} SELECT count(*) FROM released"

INSERT_ISSUES = f"WITH {WRITE_ISSUES} SELECT count(*) FROM consumption"
