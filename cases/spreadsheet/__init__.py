"""Excel workbooks: read with care, written so that equal content gives equal bytes.

needed.py      openpyxl, imported when a workbook is first touched
package.py     the ZIP around the workbook: bombs, macros, external links, before anything is parsed
structure.py   what openpyxl's streaming reader does not tell: merged, hidden, formulas, real extent
values.py      one cell to one text, and why it may not be one
read.py        a workbook to a :class:`cases.readers.table.Table`
write.py       a sheet of cases with drop-downs, comments and colours; fixed time stamps
"""

from .package import check_package
from .read import parse_xlsx, read_xlsx
from .write import Note, Sheet, write_workbook

__all__ = ["Note", "Sheet", "check_package", "parse_xlsx", "read_xlsx", "write_workbook"]
