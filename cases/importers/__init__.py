"""Published corpora as cards; nothing of a corpus is part of this project.

origins.py    who made each corpus, and under which licence, as its own page states
goal.py       the "goal" format of MuZhi, Dxy, MZ-10 and SymCat-SD-90
ddxplus.py    DDXPlus's patients
"""

from .ddxplus import import_ddxplus
from .goal import import_goal
from .origins import ORIGINS, Origin

__all__ = ["ORIGINS", "Origin", "import_ddxplus", "import_goal"]
