"""The report as a workbook: what is read where is in `tables.py`, how it looks and stays safe is here."""

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from io import BytesIO

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell, WriteOnlyCell
from openpyxl.styles import Alignment, Font, NamedStyle, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from bookkeeping.domain import to_kopecks
from bookkeeping.outcomes import Reconciliation
from bookkeeping.report.formats import may_be_a_formula
from bookkeeping.report.tables import Table, Value, tables

WRAPPED = Alignment(wrap_text=True, vertical="top")
ONE_LINE = Alignment(vertical="top")

# A style is looked up once a cell where a font, a fill and an alignment would be compared one by one.
HEADING, TEXT, MONEY, DAY, NUMBER = "Заголовок столбца", "Запись", "Рубли", "День", "Число"


def render_xlsx(reconciliation: Reconciliation) -> bytes:
    """Return the reconciliation's workbook."""
    return render_workbook(tables(reconciliation))


def render_workbook(sheets: Iterable[Table]) -> bytes:
    """Return a workbook: numbers are numbers, days are days, and no text can become a formula.

    Rows are written as they come, so that a year of orders takes no more memory than a day.
    """
    book = Workbook(write_only=True)
    for style in _styles():
        book.add_named_style(style)
    for table in sheets:
        _fill(book.create_sheet(table.title), table)
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def _styles() -> Iterator[NamedStyle]:
    yield NamedStyle(HEADING, font=Font(bold=True), fill=PatternFill("solid", fgColor="E8EDF3"))
    yield NamedStyle(TEXT, alignment=WRAPPED)
    yield NamedStyle(MONEY, alignment=ONE_LINE, number_format="#,##0.00")
    yield NamedStyle(DAY, alignment=ONE_LINE, number_format="DD.MM.YYYY")
    yield NamedStyle(NUMBER, alignment=ONE_LINE)


def _fill(sheet: Worksheet, table: Table) -> None:
    """Write one sheet, what stands before its rows first: it cannot be added later."""
    _prepare(sheet, table.columns.values())
    sheet.append([_text_cell(sheet, title, HEADING) for title in table.columns])
    last = 1
    for last, row in enumerate(table.rows, start=2):  # noqa: B007 - how many there were
        sheet.append([_cell(sheet, value) for value in row])
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(table.columns))}{last}"


def _prepare(sheet: Worksheet, widths: Iterable[int]) -> None:
    for place, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    sheet.freeze_panes = "A2"
    sheet.print_title_rows = "1:1"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


def _cell(sheet: Worksheet, value: Value) -> Cell | None:
    match value:
        case None:
            return None
        case str():
            return _text_cell(sheet, value, TEXT)
        case Decimal():
            return _money_cell(sheet, value)
    cell = WriteOnlyCell(sheet)
    cell.value, cell.style = value, DAY if isinstance(value, date) else NUMBER
    return cell


def _money_cell(sheet: Worksheet, amount: Decimal) -> Cell:
    """Hand over the digits themselves: openpyxl would write 0.94 as 0.9399999999999999."""
    cell = WriteOnlyCell(sheet, str(to_kopecks(amount)))
    cell.data_type = "n"
    cell.style = MONEY
    return cell


def _text_cell(sheet: Worksheet, text: str, style: str) -> Cell:
    """Keep text what it is: openpyxl takes "=…" for a formula, and Excel does so once the cell is edited."""
    readable = ILLEGAL_CHARACTERS_RE.sub("", text).encode(errors="replace").decode()
    cell = WriteOnlyCell(sheet, readable)
    cell.data_type = "s"
    cell.style = style
    if may_be_a_formula(readable):
        cell.quotePrefix = True
    return cell
