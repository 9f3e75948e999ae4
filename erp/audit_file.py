#!/usr/bin/env python3
"""Checks an exported audit without a database: ``python audit_file.py FILE``. This one file is all that is needed.

`manage.py export_audit` writes lines of JSON: a header, then the entries in the order of their numbers. Each carries the
hash it was sealed with:

    hash = sha256(hash before ‖ bytes),  bytes = UTF-8 of the JSON array ["erp-audit-1", company, number, id, at, …]

with ``", "`` between the members and nothing escaped but quotes, backslashes and control characters; `FIELDS` are the
members after `number`. What the first seal of a company follows is 32 zero bytes. So a byte that was changed, a line that
was dropped, put in or moved breaks the chain where it happened. A file that was cut off at its end, or made anew as a whole,
is shown only by a hash that was noted elsewhere: ``--noted NUMBER:HASH``.

Exit code: 0 nothing is wrong, 1 something is, 2 this is no exported audit.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

FORMAT = "erp-audit-1"
FIELDS = (
    "id",
    "at",
    "actor_kind",
    "actor_id",
    "actor_name",
    "key_prefix",
    "address",
    "request_id",
    "action",
    "subject_kind",
    "subject_id",
    "changes",
)
BEFORE_THE_FIRST = bytes(32)
"""What the first seal of a company follows."""
SHOWN_FAULTS = 20


class NoAudit(Exception):
    """The file is not what `export_audit` writes."""


def link(before: bytes, company: str, number: int, entry: Mapping[str, Any]) -> bytes:
    """The hash of the entry's seal, given that of the seal before."""
    members = [FORMAT, company, number, *(entry[name] for name in FIELDS)]
    return hashlib.sha256(before + json.dumps(members, ensure_ascii=False).encode()).digest()


@dataclass
class Chain:
    """A company's audit while it is read in the order of its numbers: where it stands, and what was wrong so far.

    `noted` are hashes known from elsewhere, by number. Each fault is told once: after it the chain goes on from what stands
    there.
    """

    company: str
    number: int = 0
    hash: bytes = BEFORE_THE_FIRST
    noted: Mapping[int, str] = field(default_factory=dict)
    entries: int = 0
    faults: list[str] = field(default_factory=list)
    fault_count: int = 0

    def __post_init__(self) -> None:
        self._compare()

    def add(self, number: int, entry: Mapping[str, Any] | None, sealed_with: bytes) -> None:
        """The next seal; `entry` None: it has none any more."""
        self.entries += 1
        if number != self.number + 1:
            self.fault(f"number {number} follows {self.number}")
        elif entry is None:
            self.fault(f"number {number}: the entry is gone")
        elif link(self.hash, self.company, number, entry) != sealed_with:
            self.fault(f"number {number}: the entry, or the hash before it, is not what was sealed")
        self.number, self.hash = number, sealed_with
        self._compare()

    def end(self, number: int, hash_: bytes) -> None:
        """It should end here."""
        if (number, hash_) != (self.number, self.hash):
            self.fault(f"it ends with {self.number} {self.hash.hex()}, and should with {number} {hash_.hex()}")
        for missing in sorted(one for one in self.noted if one > self.number):
            self.fault(f"number {missing} was noted elsewhere, and is not here")

    def fault(self, text: str) -> None:
        self.fault_count += 1
        if len(self.faults) < SHOWN_FAULTS:
            self.faults.append(text)

    def _compare(self) -> None:
        known = self.noted.get(self.number)
        if known is not None and known != self.hash.hex():
            self.fault(f"number {self.number}: was noted elsewhere with the hash {known}")


def read_noted(texts: Iterable[str]) -> dict[int, str]:
    """``NUMBER:HASH`` each. Raises ValueError for anything else."""
    found = {}
    for text in texts:
        number, _, hash_ = text.partition(":")
        if not (number.isascii() and number.isdigit() and len(bytes.fromhex(hash_)) == len(BEFORE_THE_FIRST)):
            raise ValueError(f"{text!r} is no NUMBER:HASH")
        found[int(number)] = hash_.lower()
    return found


def check_lines(lines: Iterable[bytes], *, noted: Mapping[int, str]) -> tuple[dict[str, Any], Chain]:
    """The header, and the chain after its last line. Holds one line at a time. Raises NoAudit."""
    objects = _objects(lines)
    header = next(objects, {})
    try:
        if header["format"] != FORMAT:
            raise NoAudit(f"the first line is no header of {FORMAT}")
        first = header["first_number"]
        chain = Chain(str(header["company"]["id"]), first - 1, bytes.fromhex(header["previous_hash"]), noted)
        if first == 1 and chain.hash != BEFORE_THE_FIRST:
            chain.fault("the header names a hash before the first number")
        for entry in objects:
            chain.add(entry["number"], entry, bytes.fromhex(entry["hash"]))
        chain.end(header["last_number"], bytes.fromhex(header["last_hash"]))
    except (KeyError, TypeError, ValueError) as problem:
        raise NoAudit(f"a line is not as it was written: {problem!r}") from None
    return header, chain


def _objects(lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    for line in lines:
        found = json.loads(line)
        if not isinstance(found, dict):
            raise NoAudit("a line is no object of JSON")
        yield found


def main(arguments: list[str] | None = None) -> int:
    """Check a file, and say what was found."""
    parser = argparse.ArgumentParser(description="Check an exported audit without a database.")
    parser.add_argument("file", help="what manage.py export_audit wrote")
    parser.add_argument(
        "--noted", action="append", default=[], metavar="NUMBER:HASH", help="a hash that was noted elsewhere; repeatable"
    )
    options = parser.parse_args(arguments)
    try:
        with open(options.file, "rb") as lines:
            header, chain = check_lines(lines, noted=read_noted(options.noted))
    except (OSError, ValueError, NoAudit) as problem:
        print(f"{options.file}: {problem}", file=sys.stderr)
        return 2
    first = header["first_number"]
    print(f"{header['company'].get('name', chain.company)}: {chain.entries} entries, numbers {first} to {chain.number}")
    print(f"last: {chain.number}:{chain.hash.hex()}")
    for fault in chain.faults:
        print(f"WRONG  {fault}")
    if chain.fault_count:
        print(f"{chain.fault_count} faults: this is not what was sealed.")
        return 1
    print("Nothing is wrong." if first == 1 else f"Nothing is wrong from {first} on; what is before it is not in this file.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
