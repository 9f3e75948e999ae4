"""The rows of a spreadsheet, read one by one, each cell as the text that CSV would have for it. No database here."""

from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import IO, Any
from zipfile import BadZipFile
from zlib import error as DeflateError

from openpyxl import load_workbook
from openpyxl.cell.cell import ERROR_CODES
from openpyxl.utils.exceptions import InvalidFileException


class BadFile(Exception):
    """The file as a whole cannot be read; the text says where and why."""


def sheet_rows(file: IO[bytes]) -> Iterator[list[str]]:
    """The rows of the first sheet; of a formula, what it came to when the file was saved.

    One row at a time. What grows with the file is its table of different texts, which the format keeps apart from the rows.
    Raises BadFile, naming the row of a cell that is an error.
    """
    try:
        workbook = load_workbook(file, read_only=True, data_only=True, keep_links=False)
    except (BadZipFile, InvalidFileException, KeyError, ValueError, OSError) as problem:
        raise BadFile("The file is not an XLSX workbook.") from problem
    try:
        sheet: Any = workbook.worksheets[0]
        sheet.reset_dimensions()  # what a file says of its own size is not always so
        for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
            texts = [_text(value, number) for value in row]
            yield texts if any(texts) else []
    except (IndexError, BadZipFile, DeflateError, SyntaxError, KeyError, ValueError) as problem:
        raise BadFile(f"The workbook cannot be read: {problem}") from problem
    finally:
        workbook.close()


def _text(value: object, row: int) -> str:
    """As somebody would write it: numbers with the 15 digits that a spreadsheet keeps, lest a binary fraction is taken for a
    price, and whole ones without a point; dates in ISO form, without a time that is midnight."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float():
            return format(Decimal(format(value, ".15g")), "f")
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case date() | time():
            return value.isoformat()
        case str() if value in ERROR_CODES:
            raise BadFile(f"Row {row}: a cell is an error, {value}.")
        case _:
            return str(value)
