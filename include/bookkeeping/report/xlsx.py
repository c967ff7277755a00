"""The report as a workbook: what is read where is in `tables.py`, how it looks and stays safe is here."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from io import BytesIO

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell, WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from bookkeeping.domain import to_kopecks
from bookkeeping.outcomes import Reconciliation
from bookkeeping.report.tables import Table, Value, tables

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
MONEY_FORMAT = "#,##0.00"
DAY_FORMAT = "DD.MM.YYYY"
HEADER_FONT = Font(bold=True)
HEADER_FILL = PatternFill("solid", fgColor="E8EDF3")
WRAPPED = Alignment(wrap_text=True, vertical="top")
ONE_LINE = Alignment(vertical="top")


def render_xlsx(reconciliation: Reconciliation) -> bytes:
    """Return the reconciliation's workbook."""
    return render_workbook(tables(reconciliation))


def render_workbook(sheets: Iterable[Table]) -> bytes:
    """Return a workbook: numbers are numbers, days are days, and no text can become a formula."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for table in sheets:
        _fill(book.create_sheet(table.title), table)
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def _fill(sheet: Worksheet, table: Table) -> None:
    sheet.append([_heading(sheet, title) for title in table.columns])
    for row in table.rows:
        sheet.append([_cell(sheet, value) for value in row])
    for place, width in enumerate(table.columns.values(), start=1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = sheet.dimensions
    _prepare_for_print(sheet)


def _heading(sheet: Worksheet, title: str) -> Cell:
    cell = _cell(sheet, title)
    cell.font, cell.fill = HEADER_FONT, HEADER_FILL
    return cell


def _cell(sheet: Worksheet, value: Value) -> Cell:
    match value:
        case str():
            return _text_cell(sheet, value)
        case Decimal():
            return _money_cell(sheet, value)
    cell = WriteOnlyCell(sheet)
    cell.value, cell.alignment = value, ONE_LINE
    if isinstance(value, date):
        cell.number_format = DAY_FORMAT
    return cell


def _money_cell(sheet: Worksheet, amount: Decimal) -> Cell:
    """Hand over the digits themselves: openpyxl would write 0.94 as 0.9399999999999999."""
    cell = WriteOnlyCell(sheet, str(to_kopecks(amount)))
    cell.data_type = "n"
    cell.number_format, cell.alignment = MONEY_FORMAT, ONE_LINE
    return cell


def _text_cell(sheet: Worksheet, text: str) -> Cell:
    """Keep text what it is: openpyxl takes "=…" for a formula, and Excel does so once the cell is edited."""
    readable = ILLEGAL_CHARACTERS_RE.sub("", text).encode(errors="replace").decode()
    cell = WriteOnlyCell(sheet, readable)
    cell.data_type = "s"
    cell.alignment = WRAPPED
    cell.quotePrefix = readable.startswith(FORMULA_STARTS)
    return cell


def _prepare_for_print(sheet: Worksheet) -> None:
    sheet.print_title_rows = "1:1"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
