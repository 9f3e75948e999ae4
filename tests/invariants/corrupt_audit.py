"""Corruptions of the audit: an entry, its seal, its place, the head, the queue."""

from tests.invariants.planting import plant

SEAL = "company_id = %(company)s AND number"
OF_THE_THIRD = "id = (SELECT entry_id FROM erp_auditseal WHERE company_id = %(company)s AND number = 3)"
LAST = "SELECT max(number) FROM erp_auditseal WHERE company_id = %(company)s"
WRITTEN = (
    "INSERT INTO erp_auditentry"
    " (company_id, at, actor_kind, actor_name, request_id, action, subject_kind, subject_id, changes)"
    " VALUES (%(company)s, now(), 'user', 'nobody', '', 'test', 'invoice', %(new1)s, '')"
)

AUDIT = [
    plant("I35", "a byte flipped", f"UPDATE erp_auditentry SET action = 'x' || substr(action, 2) WHERE {OF_THE_THIRD}",
          by="append_only"),
    plant("I35", "an entry dropped", f"DELETE FROM erp_auditentry WHERE {OF_THE_THIRD}", by="append_only"),
    plant("I35", "a seal dropped", f"DELETE FROM erp_auditseal WHERE {SEAL} = 3", by="append_only"),
    plant("I35", "an entry renumbered", f"UPDATE erp_auditseal SET number = 1000000 WHERE {SEAL} = 3", by="append_only"),
    plant("I35", "an entry sealed twice", "INSERT INTO erp_auditseal (company_id, number, entry_id, hash) SELECT"
          " company_id, number + 1, entry_id, hash FROM erp_auditseal"
          f" WHERE {SEAL} = ({LAST})", by="auditseal_once"),
    plant("I35", "an entry put in between", WRITTEN, "INSERT INTO erp_auditseal (company_id, number, entry_id, hash) SELECT"
          " %(company)s, 3, max(id), sha256('forged') FROM erp_auditentry WHERE company_id = %(company)s",
          by="auditseal_number"),
    plant("I35", "a seal that follows nothing", WRITTEN, "INSERT INTO erp_auditseal (company_id, number, entry_id, hash)"
          " SELECT %(company)s, h.last_number + 1, e.id, erp_audit_hash(sha256('forged'), h.last_number + 1, e)"
          " FROM erp_audithead h JOIN erp_auditentry e ON e.company_id = h.company_id WHERE h.company_id = %(company)s"
          " ORDER BY e.id DESC LIMIT 1", by="continues_the_chain"),
    plant("I35", "a seal that leaves a gap", WRITTEN, "INSERT INTO erp_auditseal (company_id, number, entry_id, hash)"
          " SELECT %(company)s, h.last_number + 2, e.id, erp_audit_hash(h.hash, h.last_number + 2, e)"
          " FROM erp_audithead h JOIN erp_auditentry e ON e.company_id = h.company_id WHERE h.company_id = %(company)s"
          " ORDER BY e.id DESC LIMIT 1", by="continues_the_chain"),
    plant("I35", "the head set back", "UPDATE erp_audithead SET last_number = 3, hash = (SELECT hash FROM erp_auditseal"
          f" WHERE {SEAL} = 3) WHERE company_id = %(company)s", by="head_of_its_seals"),
    plant("I35", "the head set ahead", "UPDATE erp_audithead SET last_number = last_number + 1"
          " WHERE company_id = %(company)s", by="head_of_its_seals"),
    plant("I35", "the head taken away", "DELETE FROM erp_audithead WHERE company_id = %(company)s", by="never_deleted"),
    plant("I35", "an entry that waits no more", WRITTEN, "DELETE FROM erp_unsealedentry WHERE company_id = %(company)s",
          by="sealed_first"),
    plant("I35", "another entry waits", WRITTEN, "UPDATE erp_unsealedentry SET id = id + 1000000"
          " WHERE company_id = %(company)s", by="waits_unchanged"),
]  # fmt: skip
