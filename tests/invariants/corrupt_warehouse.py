"""Corruptions of the warehouse's sessions: what they say of an invoice, and what it shows of them."""

from tests.invariants.planting import Corruption, plant


def session(changes: str, name: str, *, table: str = "picking") -> str:
    return f"UPDATE fulfilment_{table}session SET {changes} WHERE id = %({name})s"


def opened(invoice: str) -> str:
    return (
        "INSERT INTO fulfilment_pickingsession (id, company_id, invoice_id, status, notes, source, cancel_reason, acted_at,"
        " created_at, started_at, worker_id, worker_name, worker_email) VALUES (%(new1)s, %(company)s,"
        f" %({invoice})s, 'PREPARING', '', '', '', now(), now(), now(), %(owner)s, 'A', 'a@example.com')"
    )


BOX = "UPDATE fulfilment_box SET {} WHERE id = %({})s"
_CONTENT = "UPDATE fulfilment_boxitem SET invoice_item_id = %({})s WHERE box_id = %(sealed_box)s"


WAREHOUSE: list[Corruption] = [
    plant("I51", "a session deleted", "DELETE FROM fulfilment_packingsession WHERE id = %(packing_session)s",
          by="never_deleted"),
    plant("I51", "a session that says otherwise than its invoice", session("status = 'PREPARING', ended_at = NULL",
          "picked_session"), by="session_fits_invoice"),
    plant("I51", "a delivery that is still on its way", session("status = 'IN_TRANSIT', ended_at = NULL",
          "delivery_session", table="delivery"), by="session_fits_invoice"),
    plant("I51", "a current session cancelled", session("status = 'CANCELLED', ended_at = now()", "packing_session",
          table="packing"), by="session_fits_invoice boxes_fit_session"),
    plant("I51", "a session of an invoice that nobody works on", opened("draft"), by="session_fits_invoice"),
    plant("I51", "a second session of one section", opened("walked"), by="pickingsession_one_current"),
    plant("I51", "a cancelled session revived", session("status = 'PICKED'", "ended_session"),
          by="session_stays pickingsession_one_current"),
    plant("I51", "a session given to another invoice", session("invoice_id = %(draft)s", "picked_session"),
          by="session_stays"),
    plant("I51", "a session given to another worker", session("worker_name = 'B'", "picked_session"), by="worker_stays"),
    plant("I51", "a session with a status that there is not", session("status = 'LOST'", "picked_session"),
          by="pickingsession_status"),
    plant("I51", "a finished session without its end", session("ended_at = NULL", "picked_session"),
          by="pickingsession_ends_with_its_work"),
    plant("I51", "a driver's delivery without a driver", session("worker_id = NULL, worker_name = ''", "delivery_session",
          table="delivery"), by="deliverysession_driven_by_our_own"),
    plant("I51", "a driver's delivery with a courier", session("courier_name = 'Blue'", "delivery_session",
          table="delivery"), by="deliverysession_carried_by_courier"),
    plant("I51", "parcels without number", session("label_count = 0", "packing_session", table="packing"),
          by="packingsession_label_count"),
    plant("I51", "a status set by hand", "UPDATE invoices_invoice SET fulfilment_status = 'PICKED' WHERE id = %(walked)s"),
    plant("I51", "a read copy set by hand", "UPDATE invoices_invoice SET handling = '{}' WHERE id = %(walked)s"),
    plant("I51", "an invoice in review that nobody sent back", "UPDATE invoices_invoice SET fulfilment_status = 'REVIEW',"
          " billing_status = 'REVIEW' WHERE id = %(draft)s"),
    plant("I51", "a return resolved in silence", "UPDATE fulfilment_billingreturn SET resolved_at = now(), goods_changed ="
          " false WHERE id = %(unresolved)s"),
    plant("I51", "a return with another reason", "UPDATE fulfilment_billingreturn SET reason = 'other'"
          " WHERE id = %(unresolved)s", by="return_stays"),
    plant("I51", "a resolved return opened again", "UPDATE fulfilment_billingreturn SET resolved_at = NULL, goods_changed ="
          " NULL, resolution_notes = '', resolved_by_name = '' WHERE id = %(resolved)s", by="return_stays"),
    plant("I51", "a return forgotten", "DELETE FROM fulfilment_billingreturn WHERE id = %(resolved)s", by="never_deleted"),
    plant("I51", "a tray in use for two invoices", "INSERT INTO fulfilment_box (id, company_id, session_id, tray_id,"
          " tray_code, is_sealed, created_at) SELECT %(new1)s, company_id, %(packing_session)s, tray_id, tray_code, false,"
          " now() FROM fulfilment_box WHERE id = %(sealed_box)s", by="box_one_per_tray"),
    plant("I51", "an open tray that waits for boxing", BOX.format("is_sealed = false, sealed_at = NULL", "sealed_box"),
          by="boxes_fit_session"),
    plant("I51", "goods that wait for boxing in no tray", BOX.format("freed_at = now()", "sealed_box"),
          by="boxes_fit_session"),
    plant("I51", "a tray given to another invoice", BOX.format("session_id = %(packing_session)s", "sealed_box"),
          by="box_stays"),
    plant("I51", "a line of another invoice in a tray", _CONTENT.format("draft_line"), by="content_of_its_invoice"),
    plant("I32", "a tray of another company", BOX.format("tray_id = (SELECT tray_id FROM fulfilment_box"
          " WHERE id = %(their_sealed_box)s)", "sealed_box"), by="box_stays fulfilment_box_tray_id_company_fk"),
    plant("I32", "another company's line in a tray", _CONTENT.format("their_draft_line"),
          by="content_of_its_invoice fulfilment_boxitem_invoice_item_id_company_fk"),
    plant("I32", "a delivery proven by another company's slip", "UPDATE fulfilment_deliverysession SET courier_slip_id ="
          " (SELECT courier_slip_id FROM fulfilment_deliverysession WHERE id = %(their_parcel_session)s)"
          " WHERE id = %(parcel_session)s", by="fulfilment_deliverysession_courier_slip_id_company_fk"),
    plant("I32", "a parcel with another company's courier", "UPDATE fulfilment_deliverysession SET courier_id ="
          " (SELECT courier_id FROM fulfilment_deliverysession WHERE id = %(their_parcel_session)s)"
          " WHERE id = %(parcel_session)s", by="fulfilment_deliverysession_courier_id_company_fk"),
    plant("I32", "a session of another company's invoice", opened("their_draft"),
          by="fulfilment_pickingsession_invoice_id_company_fk"),
]  # fmt: skip
