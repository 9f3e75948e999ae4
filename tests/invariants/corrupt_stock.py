"""Corruptions of the stock: movements, layers, consumption, balances, reservations, batches."""

from tests.invariants.corrupt_books import TAKE_JV, entries, voucher
from tests.invariants.planting import Corruption, plant

_TAKEN = (("cogs", "COGS", "{0}", "0"), ("inventory", "INVENTORY", "0", "{0}"))
_BROUGHT = (("inventory", "INVENTORY", "{0}", "0"), ("opening", "OPENING_BALANCE", "0", "{0}"))


def _booked(legs: tuple[tuple[str, str, str, str], ...], value: str, *, day: str = "2025-12-28") -> tuple[str, ...]:
    filled = [(account, role, debit.format(value), credit.format(value)) for account, role, debit, credit in legs]
    return TAKE_JV, voucher(value, day=day), entries(*filled, day=day)


def movement(
    quantity: str,
    value: str,
    *,
    kind: str = "ADJUSTMENT",
    item: str = "item",
    place: str = "main",
    day: str = "2025-12-28",
    voucher_id: str = "%(new1)s",
    line: str = "NULL",
    source: str = "gen_random_uuid()",
) -> str:
    """The header of a movement, as a CTE that gives its id."""
    return (
        "WITH moved AS (INSERT INTO inventory_stockmovement (company_id, item_id, warehouse_id, kind, quantity, value,"
        " booking_date, source_kind, source_id, source_line_id, voucher_id, recorded_at) VALUES (%(company)s,"
        f" %({item})s, %({place})s, '{kind}', {quantity}, {value}, '{day}', 'invoice', {source}, {line}, {voucher_id},"
        " now()) RETURNING id)"
    )


def take(layer: str, quantity: str, cost: str, *, restores: str = "NULL", of: str = "(SELECT id FROM moved)") -> str:
    return (
        "INSERT INTO inventory_layerconsumption (company_id, movement_id, layer_id, quantity, cost, restores_id)"
        f" VALUES (%(company)s, {of}, %({layer})s, {quantity}, {cost}, {restores})"
    )


def layer(
    quantity: str, value: str, *, item: str = "item", place: str = "main", batch: str = "NULL", left: str = "", day: str = ""
) -> str:
    return (
        "INSERT INTO inventory_stocklayer (id, company_id, item_id, warehouse_id, batch_id, received_on, booked_on,"
        f" quantity, value, quantity_left, value_left, movement_id) VALUES (%(new5)s, %(company)s, %({item})s, %({place})s,"
        f" {batch}, '2025-12-28', '{day or '2025-12-28'}', {quantity}, {value}, {left or quantity}, {value},"
        " (SELECT id FROM moved))"
    )


_MOVED = (
    "INSERT INTO inventory_stockmovement (id, company_id, item_id, warehouse_id, kind, quantity, value, booking_date,"
    " source_kind, source_id, voucher_id, recorded_at)"
)


def transferred(
    *,
    back: str = "1",
    worth: str = "70.01",
    there: str = "side",
    source: str = "new9",
    cost: str = "70.01",
    succeeds: str = "%(second_layer)s",
    received: str = "2025-12-02",
    day: str = "2025-12-28",
) -> str:
    """A piece of the second layer out of the main warehouse, and so much of it into another, in one statement."""
    row = "({}, %(company)s, %(item)s, %({})s, 'TRANSFER', {}, {}, '" + day + "', 'stock_document', %({})s, NULL, now())"
    return (
        f"WITH moved AS ({_MOVED} VALUES {row.format('4000000001', 'main', '-1', '-' + cost, source)},"
        f" {row.format('4000000002', there, back, worth, source)} RETURNING 1), taken AS ("
        "INSERT INTO inventory_layerconsumption (company_id, movement_id, layer_id, quantity, cost)"
        f" VALUES (%(company)s, 4000000001, %(second_layer)s, 1, {cost}) RETURNING 1)"
        " INSERT INTO inventory_stocklayer (id, company_id, item_id, warehouse_id, received_on, booked_on, quantity, value,"
        f" quantity_left, value_left, movement_id, successor_of_id) SELECT %(new8)s, %(company)s, %(item)s, %({there})s,"
        f" '{received}', '{day}', {back}, {worth}, {back}, {worth}, 4000000002, {succeeds}"
        " WHERE (SELECT count(*) FROM moved, taken) >= 0"
    )


_SIDE = (
    "INSERT INTO inventory_stockbalance (id, company_id, item_id, warehouse_id, on_hand, reserved)"
    " VALUES (%(new7)s, %(company)s, %(item)s, %(side)s, 0, 0) ON CONFLICT DO NOTHING"
)
_SAID = (
    "UPDATE erp_numberseries SET last_number = last_number + 1 WHERE company_id = %(company)s AND series = 'STK'",
    "INSERT INTO inventory_stockdocument (id, company_id, number, kind, document_date, warehouse_id, destination_id, reason,"
    " status, reversal_reason, version, created_at) SELECT %(new9)s, company_id,"
    " erp_spelled_number('STK', 2025, last_number),"
    " 'TRANSFER', '2025-12-28', %(main)s, %(side)s, '', 'POSTED', '', 1, now() FROM erp_numberseries"
    " WHERE company_id = %(company)s AND series = 'STK'",
    _SIDE,
)
LATE_TRANSFER = (_SIDE, transferred(source="transfer", day="2025-12-02"))
TRANSFER = (*_SAID, transferred())
"""A transfer that nothing is wrong with."""

_BALANCE = "UPDATE inventory_stockbalance SET {} WHERE company_id = %(company)s AND item_id = %({})s"
_LAYER = "UPDATE inventory_stocklayer SET {} WHERE id = %(first_layer)s"
_TAKING = "UPDATE inventory_layerconsumption SET {} WHERE id = %(taking)s"
_RESTORING = "(SELECT movement_id FROM inventory_layerconsumption WHERE restores_id = %(restored)s)"

STOCK: list[Corruption] = [
    # On hand
    plant("I19", "more on hand by hand", _BALANCE.format("on_hand = on_hand + 1", "item"), by="balance_follows"),
    plant("I19", "a balance deleted",
          "DELETE FROM inventory_stockbalance WHERE company_id = %(company)s AND item_id = %(item)s",
          by="never_deleted"),
    plant("I19", "a balance that begins with something",
          "INSERT INTO inventory_stockbalance (id, company_id, item_id, warehouse_id, on_hand, reserved)"
          " VALUES (%(new2)s, %(company)s, %(item)s, %(side)s, 5, 0)", by="balance_follows"),
    plant("I19", "a balance moved to another place", _BALANCE.format("warehouse_id = %(side)s", "item"),
          by="balance_follows"),
    plant("I19", "goods brought where no balance is", *_booked(_BROUGHT, "60"),
          f"{movement('1', '60', place='side')} {layer('1', '60', place='side')}", by="movement_has_balance"),
    plant("I19", "a movement deleted", "DELETE FROM inventory_stockmovement WHERE id = %(sale)s", by="append_only"),
    # Never negative
    plant("I20", "less than nothing on hand", _BALANCE.format("on_hand = -1", "item"),
          by="balance_follows stockbalance_covers_reserved"),
    plant("I20", "more reserved than there is", _BALANCE.format("reserved = on_hand + 1", "other_item"),
          by="stockbalance_covers_reserved"),
    plant("I25", "an issue before its layer was booked", *_booked(_TAKEN, "70.01", day="2025-12-01"),
          f"{movement('-1', '-70.01', day='2025-12-01')} {take('second_layer', '1', '70.01')}", by="consumption_fits_layer"),
    plant("I20", "an issue out of what came back later", *_booked(_TAKEN, "499.99", day="2025-12-26"),
          f"{movement('-15', '-499.99', item='other_item', day='2025-12-26')} {take('other_layer', '15', '499.99')}",
          by="layer_holds_on_every_day"),
    # Movements and their layers
    plant("I21", "a consumption changed", _TAKING.format("quantity = quantity + 1"), by="append_only"),
    plant("I21", "a consumption added later", take("second_layer", "1", "70.01", of="%(sale)s"),
          by="movement_is_its_layers"),
    plant("I21", "a movement without layers", *_booked(_BROUGHT, "60"), f"{movement('1', '60')} SELECT 1",
          by="movement_is_its_layers"),
    plant("I21", "a movement of more than its layers", *_booked(_TAKEN, "70.01"),
          f"{movement('-2', '-70.01')} {take('second_layer', '1', '70.01')}", by="movement_is_its_layers"),
    plant("I21", "a layer of more than its movement", *_booked(_BROUGHT, "60"), f"{movement('1', '60')} {layer('2', '60')}",
          by="movement_is_its_layers"),
    plant("I22", "a movement's value changed", "UPDATE inventory_stockmovement SET value = value - 1 WHERE id = %(sale)s",
          by="append_only"),
    plant("I22", "a cost changed", _TAKING.format("cost = cost + 1"), by="append_only"),
    plant("I22", "a movement worth more than its layers", *_booked(_TAKEN, "71"),
          f"{movement('-1', '-71')} {take('second_layer', '1', '70.01')}", by="movement_is_its_layers"),
    # Layers
    plant("I23", "a layer filled up", _LAYER.format("quantity_left = quantity, value_left = value"), by="layer_frozen"),
    plant("I23", "a paisa taken off a layer", _LAYER.format("value_left = 0.01"),
          by="layer_frozen stocklayer_left_within_what_came"),
    plant("I21", "a layer made larger", _LAYER.format("quantity = quantity + 5, quantity_left = quantity_left + 5"),
          by="layer_frozen"),
    plant("I23", "a layer that begins half empty", *_booked(_BROUGHT, "60"),
          f"{movement('2', '60')} {layer('2', '60', left='1')}", by="layer_frozen"),
    plant("I21", "a layer deleted", "DELETE FROM inventory_stocklayer WHERE id = %(second_layer)s", by="never_deleted"),
    plant("I23", "value left in an empty layer", _LAYER.format("quantity_left = 0, value_left = 5"),
          by="layer_frozen stocklayer_left_within_what_came"),
    # Order and cost of issues
    plant("I24", "a cost of one's own, booked and moved alike", *_booked(_TAKEN, "50"),
          f"{movement('-1', '-50')} {take('second_layer', '1', '50')}", by="layer_remainder"),
    # Where layers come from
    plant("I25", "a second layer of a movement", f"WITH moved AS (SELECT %(arrival)s::bigint AS id) {layer('1', '60')}",
          by="stocklayer_one_per_movement"),
    plant("I25", "a layer of another item than its movement", *_booked(_BROUGHT, "60"),
          f"{movement('1', '60')} {layer('1', '60', item='other_item')}", by="layer_fits_movement"),
    plant("I25", "a layer that may be issued before it was booked", *_booked(_BROUGHT, "60"),
          f"{movement('1', '60')} {layer('1', '60', day='2025-12-01')}", by="layer_fits_movement"),
    plant("I25", "an issue out of another item's layer", *_booked(_TAKEN, "33.33"),
          f"{movement('-1', '-33.33')} {take('other_layer', '1', '33.33')}", by="consumption_fits_layer"),
    plant("I25", "a layer out of an issue", f"WITH moved AS (SELECT %(sale)s::bigint AS id) {layer('1', '60')}",
          by="layer_fits_movement movement_is_its_layers"),
    # Issues and lines
    plant("I26", "a line issued twice", *_booked(_TAKEN, "70.01"),
          f"{movement('-1', '-70.01', kind='SALE', line='%(line)s', source='%(posted)s')}"
          f" {take('second_layer', '1', '70.01')}",
          by="movement_with_its_voucher"),
    plant("I26", "a sale of no line", *_booked(_TAKEN, "70.01"),
          f"{movement('-1', '-70.01', kind='SALE')} {take('second_layer', '1', '70.01')}",
          by="stockmovement_sale_of_a_line"),
    plant("I26", "a draft line issued", *_booked(_TAKEN, "70.01"),
          f"{movement('-1', '-70.01', kind='SALE', line='%(draft_line)s', source='%(draft)s')}"
          f" {take('second_layer', '1', '70.01')}", by="movement_with_its_voucher"),
    plant("I26", "a posted line made untracked",
          "UPDATE invoices_invoiceitem SET posted_as_tracked = false WHERE id = %(line)s",
          by="posted_content_stays"),
    # Stock and books
    plant("I27", "stock booked and not moved", *_booked(_BROUGHT, "60"), by="stock_is_booked"),
    plant("I27", "stock moved and not booked", TAKE_JV, voucher("60"),
          entries(("cash", "CASH", "60", "0"), ("capital", "CAPITAL", "0", "60")),
          f"{movement('1', '60')} {layer('1', '60')}", by="stock_is_booked"),
    plant("I27", "stock booked at another value", *_booked(_BROUGHT, "61"), f"{movement('1', '60')} {layer('1', '60')}",
          by="stock_is_booked"),
    plant("I27", "goods moved under an old voucher",
          f"{movement('1', '60', day='2025-12-26', voucher_id='%(voucher)s')} {layer('1', '60', day='2025-12-26')}",
          by="movement_with_its_voucher"),
    plant("I27", "goods moved after the voucher was judged", *_booked(_BROUGHT, "60"),
          f"{movement('1', '60')} {layer('1', '60')}", "SET CONSTRAINTS ALL IMMEDIATE",
          f"{movement('1', '60')} {layer('1', '60').replace('new5', 'new6')}", by="stock_is_booked"),
    plant("I27", "goods moved without a voucher", f"{movement('1', '60', voucher_id='NULL')} {layer('1', '60')}",
          by="stockmovement_booked_but_transfers"),
    plant("I27", "goods moved on another day than booked", *_booked(_BROUGHT, "60"),
          f"{movement('1', '60', day='2025-12-29')} {layer('1', '60', day='2025-12-29')}", by="movement_with_its_voucher"),
    plant("I39", "a layer's value lowered", _LAYER.format("value_left = value_left - 1, value = value - 1"),
          by="layer_frozen stocklayer_left_within_what_came"),
    plant("I39", "stock written off in the books only", TAKE_JV, voucher("10"),
          entries(("written_off", "STOCK_WRITE_OFF", "10", "0"), ("inventory", "INVENTORY", "0", "10")),
          by="stock_is_booked"),
    # Reservations
    plant("I41", "a reservation dropped", "DELETE FROM inventory_reservation WHERE id = %(reservation)s",
          by="reserved_adds_up"),
    plant("I41", "more reserved by hand", _BALANCE.format("reserved = reserved + 1", "other_item"), by="reserved_adds_up"),
    plant("I41", "a reservation moved to another place",
          "UPDATE inventory_reservation SET warehouse_id = %(side)s WHERE id = %(reservation)s", by="reserved_adds_up"),
    plant("I41", "more promised than ordered",
          "WITH more AS (UPDATE inventory_reservation SET quantity = quantity + 3 WHERE id = %(reservation)s)"
          f" {_BALANCE.format('reserved = reserved + 3', 'other_item')}", by="reserved_within_order"),
    # Restores
    plant("I42", "goods restored twice", *_booked(_BROUGHT, "66.66"),
          f"{movement('2', '66.66', item='other_item', kind='RETURN')} "
          + take("other_layer", "-2", "-66.66", restores="%(restored)s"),
          by="restore_within_taken"),
    plant("I42", "goods restored at a better cost", *_booked(_BROUGHT, "241"),
          f"{movement('1', '61', kind='RETURN')} " + take("first_layer", "-1", "-61", restores="%(taking)s"),
          f"{movement('3', '180', kind='RETURN', voucher_id='%(new1)s')} "
          + take("first_layer", "-3", "-180", restores="%(taking)s"),
          by="restore_within_taken"),
    plant("I42", "goods restored into another layer", *_booked(_BROUGHT, "60"),
          f"{movement('1', '60', kind='RETURN')} " + take("second_layer", "-1", "-60", restores="%(taking)s"),
          by="restore_within_taken"),
    plant("I42", "a restore deleted", "DELETE FROM inventory_layerconsumption WHERE restores_id = %(restored)s",
          "UPDATE inventory_layerconsumption SET restores_id = id WHERE id = %(restored)s", by="append_only"),
    # Kinds of items
    plant("I49", "a service that is tracked", "UPDATE inventory_item SET tracked = true WHERE id = %(service)s",
          by="item_service_never_tracked"),
    plant("I49", "an item with stock made untracked", "UPDATE inventory_item SET tracked = false WHERE id = %(item)s",
          by="item_has_moved"),
    plant("I49", "an untracked item brought in", "UPDATE inventory_item SET kind = 'GOODS' WHERE id = %(service)s",
          "INSERT INTO inventory_stockbalance (id, company_id, item_id, warehouse_id, on_hand, reserved)"
          " VALUES (%(new2)s, %(company)s, %(service)s, %(main)s, 0, 0)", *_booked(_BROUGHT, "60"),
          f"{movement('1', '60', item='service')} {layer('1', '60', item='service')}", by="movement_of_tracked_item"),
    plant("I49", "a layer without the batch its item needs", *_booked(_BROUGHT, "60"),
          f"{movement('1', '60', item='expiring')} {layer('1', '60', item='expiring')}", by="layer_fits_movement"),
    plant("I49", "a layer with another item's batch", *_booked(_BROUGHT, "60"),
          f"{movement('1', '60')} {layer('1', '60', batch='%(b1)s')}", by="layer_fits_movement"),
    plant("I49", "a batch moved to another item", "UPDATE inventory_batch SET item_id = %(item)s WHERE id = %(b1)s",
          by="batch_frozen"),
    plant("I49", "batches required where layers have none",
          "UPDATE inventory_item SET batch_required = true WHERE id = %(item)s", by="layers_have_batches"),
    # Documents
    plant("I09", "a stock document of another day",
          "UPDATE inventory_stockdocument SET document_date = '2025-12-02' WHERE id = %(opening_document)s",
          by="document_stays"),
    plant("I09", "a stock document reversed in name only",
          "UPDATE inventory_stockdocument SET status = 'REVERSED' WHERE id = %(opening_document)s",
          by="stock_document_is_booked"),
    plant("I09", "a stock document's voucher reversed without it", TAKE_JV,
          voucher("600", kind="REVERSAL", source="'stock_document', %(opening_document)s, 1",
                  reverses="%(opening_voucher)s"),
          entries(("inventory", "INVENTORY", "0", "600"), ("opening", "OPENING_BALANCE", "600", "0")),
          by="stock_document_is_booked stock_is_booked"),
    plant("I09", "a stock document's voucher without it", TAKE_JV,
          voucher(source="'stock_document', gen_random_uuid(), 1"),
          entries(("cash", "CASH", "10", "0"), ("capital", "CAPITAL", "0", "10")), by="stock_document_is_booked"),
    # Transfers
    plant("I27", "goods lost on the way", *_SAID, transferred(worth="69"), by="transfer_is_whole"),
    plant("I27", "goods made on the way", *_SAID, transferred(back="2"), by="transfer_is_whole"),
    plant("I27", "goods moved by no transfer", _SIDE, transferred(source="posted"), by="transfer_is_whole"),
    plant("I27", "goods moved by an old transfer", _SIDE, transferred(source="transfer"), by="transfer_is_whole"),
    plant("I27", "goods moved on another day than the transfer says", *_SAID, transferred(day="2025-12-29"),
          by="transfer_is_whole"),
    plant("I09", "a transfer of nothing", *_SAID, by="stock_document_is_booked"),
    plant("I09", "a transfer reversed in name only",
          "UPDATE inventory_stockdocument SET status = 'REVERSED' WHERE id = %(transfer)s", by="stock_document_is_booked"),
    plant("I25", "goods grown younger on the way", *_SAID, transferred(received="2025-12-28"), by="layer_succeeds"),
    plant("I25", "goods that go on with another item", *_SAID, transferred(succeeds="%(other_layer)s"),
          by="layer_succeeds"),
    plant("I25", "goods that go on with a layer that gave nothing", *_SAID,
          transferred(succeeds="%(first_layer)s", received="2025-12-01"), by="layer_succeeds"),
    plant("I25", "goods that go on with nothing", *_SAID, transferred(succeeds="NULL"), by="layer_succeeds"),
    plant("I32", "goods sent to another company's warehouse",
          "UPDATE inventory_stockdocument SET destination_id = %(their_side)s WHERE id = %(transfer)s",
          by="document_stays inventory_stockdocument_destination_id_company_fk"),
    # Numbers
    plant("I28", "a stock document's number taken and not used",
          TAKE_JV.replace("'JV'", "'STK'"), by="numbers_are_used"),
    plant("I28", "a stock document deleted", "DELETE FROM inventory_stockdocument WHERE company_id = %(company)s",
          by="never_deleted"),
    # Other companies
    plant("I32", "goods moved into another company's warehouse", *_booked(_BROUGHT, "60"),
          f"{movement('1', '60', place='their_main')} {layer('1', '60', place='their_main')}",
          by="inventory_stockmovement_warehouse_id_company_fk inventory_stocklayer_warehouse_id_company_fk"
          " movement_has_balance"),
    plant("I32", "another company's layer taken", *_booked(_TAKEN, "70.01"),
          f"{movement('-1', '-70.01')} {take('their_second_layer', '1', '70.01')}",
          by="inventory_layerconsumption_layer_id_company_fk"),
    plant("I32", "a reservation of another company's item",
          "UPDATE inventory_reservation SET item_id = %(their_item)s WHERE id = %(reservation)s",
          by="inventory_reservation_item_id_company_fk reserved_adds_up"),
    plant("I32", "an item counted in another company's unit", "UPDATE inventory_item SET uom_id = %(their_uom)s"
          " WHERE id = %(service)s", by="inventory_item_uom_id_company_fk"),
]  # fmt: skip
