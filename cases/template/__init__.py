"""The spreadsheet that a doctor fills in, made from a network's own words.

layout.py      which columns, in which order, with which help
lists.py       how each term is spelt in the drop-downs
examples.py    three filled cases
read_me.py     the first page
build.py       all of it as XLSX or CSV
"""

from .build import case_sheet, template_csv, template_xlsx, workbook_of
from .lists import Lists

__all__ = ["Lists", "case_sheet", "template_csv", "template_xlsx", "workbook_of"]
