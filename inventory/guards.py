"""The law of the stock as the database judges it: bodies of the triggers in `inventory.models`. Pure text.

Movements, their consumption rows and their layers are written in one statement; whichever of the three tables is written,
the movement is judged again, so that none of them can be completed later.

Rows are looked up one by one (LATERAL … OFFSET 0, scalar subqueries): a connection keeps the plan of a trigger, which must
be right for a table that was empty when it was made.
"""

_MOVEMENTS_ADD_UP = """
    IF EXISTS (
        SELECT 1 FROM ({movements}) t
        CROSS JOIN LATERAL (
            SELECT quantity, value FROM inventory_stockmovement WHERE company_id = t.company_id AND id = t.id OFFSET 0) m
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(quantity), 0) AS quantity, coalesce(sum(cost), 0) AS cost FROM inventory_layerconsumption
            WHERE company_id = t.company_id AND movement_id = t.id) c
        LEFT JOIN LATERAL (
            SELECT quantity, value FROM inventory_stocklayer
            WHERE company_id = t.company_id AND movement_id = t.id OFFSET 0) l ON true
        WHERE m.quantity <> coalesce(l.quantity, 0) - c.quantity OR m.value <> coalesce(l.value, 0) - c.cost) THEN
        RAISE EXCEPTION 'movement_is_its_layers: quantity and value of a movement are those of its layers'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'movement_is_its_layers';
    END IF;
"""

ON_HAND_FOLLOWS = """
    UPDATE inventory_stockbalance b
    SET on_hand = b.on_hand + m.quantity
    FROM (SELECT company_id, item_id, warehouse_id, sum(quantity) AS quantity FROM written GROUP BY 1, 2, 3) m
    WHERE b.company_id = m.company_id AND b.item_id = m.item_id AND b.warehouse_id = m.warehouse_id;
    SELECT bool_or(NOT EXISTS (SELECT 1 FROM inventory_stockbalance b
            WHERE b.company_id = m.company_id AND b.item_id = m.item_id AND b.warehouse_id = m.warehouse_id)),
        bool_or(NOT EXISTS (SELECT 1 FROM inventory_layerconsumption c
                WHERE c.company_id = m.company_id AND c.movement_id = m.id)
            AND NOT EXISTS (SELECT 1 FROM inventory_stocklayer l
                WHERE l.company_id = m.company_id AND l.movement_id = m.id)),
        bool_or(NOT (SELECT i.tracked FROM inventory_item i WHERE i.company_id = m.company_id AND i.id = m.item_id)),
        bool_or((SELECT v.tx <> pg_current_xact_id() OR v.voucher_date <> m.booking_date
                OR (m.kind = 'SALE' AND (v.kind <> 'SALES' OR v.source_id <> m.source_id))
            FROM accounting_voucher v WHERE v.company_id = m.company_id AND v.id = m.voucher_id)),
        bool_or(m.kind = 'TRANSFER')
    INTO homeless, empty, untracked, astray, transferring
    FROM written m;
    IF homeless THEN
        RAISE EXCEPTION 'movement_has_balance: the stock balance row must exist before stock moves'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'movement_has_balance';
    ELSIF empty THEN
        RAISE EXCEPTION 'movement_is_its_layers: quantity and value of a movement are those of its layers'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'movement_is_its_layers';
    ELSIF untracked THEN
        RAISE EXCEPTION 'movement_of_tracked_item: only tracked items have stock'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'movement_of_tracked_item';
    ELSIF astray THEN
        RAISE EXCEPTION 'movement_with_its_voucher: goods move with their voucher, in its transaction, on its date'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'movement_with_its_voucher';
    END IF;
    IF transferring AND EXISTS (
        SELECT 1 FROM (SELECT DISTINCT company_id, source_id FROM written WHERE kind = 'TRANSFER') t
        LEFT JOIN inventory_stockdocument d ON d.company_id = t.company_id AND d.id = t.source_id AND d.kind = 'TRANSFER'
        WHERE d.id IS NULL
            OR EXISTS (
                SELECT 1 FROM written m WHERE m.company_id = t.company_id AND m.source_id = t.source_id
                GROUP BY m.item_id HAVING sum(m.quantity) <> 0 OR sum(m.value) <> 0)
            OR EXISTS (
                SELECT 1 FROM written m WHERE m.company_id = t.company_id AND m.source_id = t.source_id
                    AND (m.kind <> 'TRANSFER' OR m.voucher_id IS NOT NULL OR m.source_kind <> 'stock_document'
                        OR m.warehouse_id <> CASE WHEN (m.quantity < 0) = (d.status = 'POSTED') THEN d.warehouse_id
                            ELSE d.destination_id END
                        OR m.booking_date < d.document_date
                        OR (d.status = 'POSTED' AND m.booking_date <> d.document_date)))
            OR (d.status = 'POSTED' AND (
                SELECT count(*) FROM written m WHERE m.company_id = t.company_id AND m.source_id = t.source_id) <> (
                SELECT count(*) FROM inventory_stockmovement m
                WHERE m.company_id = t.company_id AND m.source_id = t.source_id))
            OR (d.status = 'REVERSED' AND EXISTS (
                SELECT 1 FROM inventory_stockmovement m WHERE m.company_id = t.company_id AND m.source_id = t.source_id
                GROUP BY m.item_id, m.warehouse_id HAVING sum(m.quantity) <> 0 OR sum(m.value) <> 0))) THEN
        RAISE EXCEPTION 'transfer_is_whole: what a transfer takes out of one warehouse comes into the other, at its cost'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'transfer_is_whole';
    END IF;
    IF EXISTS (
        SELECT 1 FROM (SELECT company_id, voucher_id, sum(value) AS value, count(*) AS rows FROM written
            WHERE voucher_id IS NOT NULL GROUP BY 1, 2) t
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(value), 0) AS value, count(*) AS rows FROM inventory_stockmovement
            WHERE company_id = t.company_id AND voucher_id = t.voucher_id) s
        WHERE s.rows > t.rows AND t.value <> 0 AND s.value - t.value = (
            SELECT coalesce(sum(debit - credit), 0) FROM accounting_ledgerentry
            WHERE company_id = t.company_id AND voucher_id = t.voucher_id AND role = 'INVENTORY')) THEN
        RAISE EXCEPTION 'stock_is_booked: this voucher has all the movements that its INVENTORY legs are worth'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'stock_is_booked';
    END IF;
    RETURN NULL;
"""
"""A movement has layers or consumption rows; that they add up to it is judged where those are written.

A transfer has no voucher that could close it, so it is written in one statement, there and back, and nothing can follow.

The last judgement closes a voucher that has been judged at commit ahead of time (SET CONSTRAINTS).
"""
ON_HAND_VARIABLES = dict.fromkeys(["homeless", "empty", "untracked", "astray", "transferring"], "boolean")

LAYERS_FOLLOW = (
    """
    UPDATE inventory_stocklayer l
    SET quantity_left = l.quantity_left - c.quantity, value_left = l.value_left - c.cost
    FROM (SELECT company_id, layer_id, sum(quantity) AS quantity, sum(cost) AS cost FROM written GROUP BY 1, 2) c
    WHERE l.company_id = c.company_id AND l.id = c.layer_id;
    SELECT bool_or(m.item_id <> l.item_id OR m.warehouse_id <> l.warehouse_id OR m.booking_date < l.booked_on),
        bool_or(m.kind = 'SALE' AND (l.quarantine OR l.blocked)), bool_or(c.restores_id IS NOT NULL),
        bool_or(c.restores_id IS NULL AND EXISTS (SELECT 1 FROM inventory_layerconsumption r
            WHERE r.company_id = c.company_id AND r.layer_id = c.layer_id AND r.restores_id IS NOT NULL))
    INTO astray, unusable, restoring, restored
    FROM written c
    CROSS JOIN LATERAL (
        SELECT item_id, warehouse_id, booking_date, kind FROM inventory_stockmovement
        WHERE company_id = c.company_id AND id = c.movement_id OFFSET 0) m
    CROSS JOIN LATERAL (
        SELECT item_id, warehouse_id, booked_on, (SELECT w.is_quarantine FROM inventory_warehouse w
                WHERE w.company_id = s.company_id AND w.id = s.warehouse_id) AS quarantine,
            (SELECT b.is_blocked FROM inventory_batch b WHERE b.company_id = s.company_id AND b.id = s.batch_id) AS blocked
        FROM inventory_stocklayer s WHERE s.company_id = c.company_id AND s.id = c.layer_id OFFSET 0) l;
    IF astray THEN
        RAISE EXCEPTION 'consumption_fits_layer: the layer is of the same item and warehouse, and booked by that day'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'consumption_fits_layer';
    ELSIF unusable THEN
        RAISE EXCEPTION 'sale_of_usable_layer: nothing is sold out of quarantine or of a blocked batch'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'sale_of_usable_layer';
    END IF;
    IF EXISTS (
        SELECT 1 FROM (SELECT company_id, layer_id, sum(cost) AS cost FROM written GROUP BY 1, 2
            HAVING bool_and(restores_id IS NULL)) c
        CROSS JOIN LATERAL (
            SELECT quantity, value, quantity_left, value_left FROM inventory_stocklayer
            WHERE company_id = c.company_id AND id = c.layer_id OFFSET 0) l
        WHERE l.value_left <> least(l.value_left + c.cost,
            div(200 * l.value * l.quantity_left + l.quantity, 2 * l.quantity) / 100)) THEN
        RAISE EXCEPTION 'layer_remainder: what is left of a layer keeps its rounded share of the value'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'layer_remainder';
    END IF;
    IF restoring AND EXISTS (
        SELECT 1 FROM (SELECT DISTINCT company_id, restores_id FROM written WHERE restores_id IS NOT NULL) t
        JOIN inventory_layerconsumption o ON o.company_id = t.company_id AND o.id = t.restores_id
        JOIN inventory_stockmovement taken ON taken.company_id = o.company_id AND taken.id = o.movement_id
        CROSS JOIN LATERAL (
            SELECT sum(r.quantity) AS quantity, sum(r.cost) AS cost, bool_and(r.layer_id = o.layer_id) AS there,
                min(m.booking_date) AS day
            FROM inventory_layerconsumption r
            JOIN inventory_stockmovement m ON m.company_id = r.company_id AND m.id = r.movement_id
            WHERE r.company_id = o.company_id AND r.restores_id = o.id) r
        WHERE o.restores_id IS NOT NULL OR NOT r.there OR r.day < taken.booking_date
            OR o.quantity + r.quantity < 0 OR o.cost + r.cost < 0
            OR (o.quantity + r.quantity = 0 AND o.cost + r.cost <> 0)) THEN
        RAISE EXCEPTION 'restore_within_taken: no more goes back than was taken, into its layer, at its cost, not earlier'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'restore_within_taken';
    END IF;
    IF restored AND EXISTS (
        SELECT 1 FROM (SELECT DISTINCT company_id, layer_id FROM written WHERE restores_id IS NULL) t
        JOIN inventory_stocklayer l ON l.company_id = t.company_id AND l.id = t.layer_id
        CROSS JOIN LATERAL (
            SELECT sum(sum(c.quantity)) OVER (ORDER BY m.booking_date) AS gone
            FROM inventory_layerconsumption c
            JOIN inventory_stockmovement m ON m.company_id = c.company_id AND m.id = c.movement_id
            WHERE c.company_id = l.company_id AND c.layer_id = l.id
            GROUP BY m.booking_date) s
        WHERE s.gone > l.quantity) THEN
        RAISE EXCEPTION 'layer_holds_on_every_day: a later return puts nothing back into the past'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'layer_holds_on_every_day';
    END IF;
"""
    + _MOVEMENTS_ADD_UP.format(movements="SELECT DISTINCT company_id, movement_id AS id FROM written")
    + """
    RETURN NULL;
"""
)
LAYERS_VARIABLES = {"astray": "boolean", "unusable": "boolean", "restoring": "boolean", "restored": "boolean"}

LAYER_BEGINS = (
    """
    IF EXISTS (
        SELECT 1 FROM written l
        CROSS JOIN LATERAL (
            SELECT item_id, warehouse_id, booking_date, quantity FROM inventory_stockmovement
            WHERE company_id = l.company_id AND id = l.movement_id OFFSET 0) m
        WHERE m.item_id <> l.item_id OR m.warehouse_id <> l.warehouse_id OR m.booking_date <> l.booked_on OR m.quantity < 0
            OR (SELECT b.item_id <> l.item_id FROM inventory_batch b
                WHERE b.company_id = l.company_id AND b.id = l.batch_id)
            OR (l.batch_id IS NULL AND (SELECT i.batch_required FROM inventory_item i
                WHERE i.company_id = l.company_id AND i.id = l.item_id))) THEN
        RAISE EXCEPTION 'layer_fits_movement: a layer is what its movement brought, with its batch where the item needs one'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'layer_fits_movement';
    END IF;
    IF EXISTS (
        SELECT 1 FROM written l
        CROSS JOIN LATERAL (
            SELECT kind FROM inventory_stockmovement WHERE company_id = l.company_id AND id = l.movement_id OFFSET 0) m
        LEFT JOIN LATERAL (
            SELECT item_id, warehouse_id, batch_id, received_on FROM inventory_stocklayer
            WHERE company_id = l.company_id AND id = l.successor_of_id OFFSET 0) s ON true
        WHERE CASE WHEN l.successor_of_id IS NULL THEN m.kind IN ('TRANSFER', 'REVALUATION')
            ELSE m.kind NOT IN ('TRANSFER', 'REVALUATION', 'RETURN') OR s.item_id <> l.item_id
                OR s.batch_id IS DISTINCT FROM l.batch_id OR s.received_on <> l.received_on
                OR (m.kind = 'REVALUATION' AND s.warehouse_id <> l.warehouse_id) END)
       OR EXISTS (
        SELECT 1 FROM (
            SELECT l.company_id, m.source_id, l.successor_of_id, sum(l.quantity) AS quantity,
                sum(l.value) FILTER (WHERE m.kind = 'TRANSFER') AS value
            FROM written l
            JOIN inventory_stockmovement m ON m.company_id = l.company_id AND m.id = l.movement_id
            WHERE m.kind IN ('TRANSFER', 'REVALUATION') GROUP BY 1, 2, 3) n
        LEFT JOIN (
            SELECT m.company_id, m.source_id, c.layer_id, sum(c.quantity) AS quantity, sum(c.cost) AS cost
            FROM (SELECT DISTINCT m.company_id, m.source_id FROM written l
                JOIN inventory_stockmovement m ON m.company_id = l.company_id AND m.id = l.movement_id
                WHERE l.successor_of_id IS NOT NULL) t
            JOIN inventory_stockmovement m ON m.company_id = t.company_id AND m.source_id = t.source_id
            JOIN inventory_layerconsumption c ON c.company_id = m.company_id AND c.movement_id = m.id
            WHERE c.restores_id IS NULL GROUP BY 1, 2, 3) t
            ON t.company_id = n.company_id AND t.source_id = n.source_id AND t.layer_id = n.successor_of_id
        WHERE t.quantity IS DISTINCT FROM n.quantity OR t.cost <> n.value) THEN
        RAISE EXCEPTION 'layer_succeeds: goods that only changed their place or value stay as old, of their batch, as many'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'layer_succeeds';
    END IF;
"""
    + _MOVEMENTS_ADD_UP.format(movements="SELECT company_id, movement_id AS id FROM written")
    + """
    RETURN NULL;
"""
)

LAYER_FULL = """
    IF NEW.quantity_left <> NEW.quantity OR NEW.value_left <> NEW.value THEN
        RAISE EXCEPTION 'layer_frozen: a layer begins full'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'layer_frozen';
    END IF;
    RETURN NEW;
"""

LAYER_FROZEN = """
    IF pg_trigger_depth() < 2 OR ROW(OLD.id, OLD.company_id, OLD.item_id, OLD.warehouse_id, OLD.batch_id, OLD.received_on,
            OLD.booked_on, OLD.quantity, OLD.value, OLD.movement_id, OLD.successor_of_id)
        IS DISTINCT FROM ROW(NEW.id, NEW.company_id, NEW.item_id, NEW.warehouse_id, NEW.batch_id, NEW.received_on,
            NEW.booked_on, NEW.quantity, NEW.value, NEW.movement_id, NEW.successor_of_id) THEN
        RAISE EXCEPTION 'layer_frozen: only consumption rows change what is left of a layer'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'layer_frozen';
    END IF;
    RETURN NEW;
"""

BALANCE_BEGINS = """
    IF NEW.on_hand <> 0 OR NEW.reserved <> 0 THEN
        RAISE EXCEPTION 'balance_follows: a stock balance begins at nothing'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'balance_follows';
    END IF;
    RETURN NEW;
"""

BALANCE_FOLLOWS = """
    IF ROW(OLD.id, OLD.company_id, OLD.item_id, OLD.warehouse_id)
            IS DISTINCT FROM ROW(NEW.id, NEW.company_id, NEW.item_id, NEW.warehouse_id)
       OR (OLD.on_hand <> NEW.on_hand AND pg_trigger_depth() < 2) THEN
        RAISE EXCEPTION 'balance_follows: only movements change what is on hand'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'balance_follows';
    END IF;
    RETURN NEW;
"""

_RESERVED_ADDS_UP = """
    IF EXISTS (
        SELECT 1 FROM ({places}) t
        LEFT JOIN inventory_stockbalance b
            ON b.company_id = t.company_id AND b.item_id = t.item_id AND b.warehouse_id = t.warehouse_id
        WHERE b.reserved IS DISTINCT FROM (
            SELECT coalesce(sum(r.quantity), 0) FROM inventory_reservation r
            WHERE r.company_id = t.company_id AND r.item_id = t.item_id AND r.warehouse_id = t.warehouse_id)) THEN
        RAISE EXCEPTION 'reserved_adds_up: what a balance says is reserved is the sum of its reservations'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'reserved_adds_up';
    END IF;
    RETURN NULL;
"""
_PLACE = "SELECT company_id, item_id, warehouse_id FROM"
RESERVED_ADDS_UP = _RESERVED_ADDS_UP.format(places=f"{_PLACE} written")
RESERVED_ADDS_UP_MOVED = _RESERVED_ADDS_UP.format(places=f"{_PLACE} before UNION {_PLACE} written")
RESERVED_ADDS_UP_HERE = _RESERVED_ADDS_UP.format(places="SELECT NEW.company_id, NEW.item_id, NEW.warehouse_id")

ITEM_HAS_MOVED = """
    IF EXISTS (SELECT 1 FROM inventory_stockmovement m WHERE m.company_id = OLD.company_id AND m.item_id = OLD.id) THEN
        RAISE EXCEPTION 'item_has_moved: kind, unit and tracking of an item that ever moved stay as they are'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'item_has_moved';
    END IF;
    RETURN NEW;
"""

LAYERS_HAVE_BATCHES = """
    IF EXISTS (
        SELECT 1 FROM inventory_stocklayer l
        WHERE l.company_id = OLD.company_id AND l.item_id = OLD.id AND l.quantity_left > 0 AND l.batch_id IS NULL) THEN
        RAISE EXCEPTION 'layers_have_batches: there is stock of this item without a batch'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'layers_have_batches';
    END IF;
    RETURN NEW;
"""

BATCH_FROZEN = """
    IF ROW(OLD.id, OLD.company_id, OLD.item_id) IS DISTINCT FROM ROW(NEW.id, NEW.company_id, NEW.item_id) THEN
        RAISE EXCEPTION 'batch_frozen: a batch stays with its item'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'batch_frozen';
    END IF;
    RETURN NEW;
"""

DOCUMENT_STAYS = """
    IF to_jsonb(OLD) - 'status' - 'reversal_reason' - 'version'
            <> to_jsonb(NEW) - 'status' - 'reversal_reason' - 'version'
       OR OLD.status <> 'POSTED' OR NEW.status <> 'REVERSED' THEN
        RAISE EXCEPTION 'document_stays: a stock document says what it said; it is only reversed, once'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'document_stays';
    END IF;
    RETURN NEW;
"""
