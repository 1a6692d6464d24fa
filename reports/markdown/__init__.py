"""The report as Markdown: the comment on a pull request, and the summary of a run.

    from reports.markdown import comment

==============  ==========================================================================
comment         ``comment(data)``: what to say, what to fold, and how to stay under the limit
sections        the parts of it, each a list of lines; compared: the last of them; run_page: of one run
escape          case texts as text: no markup, no mention, no link
==============  ==========================================================================
"""

from .comment import MARKER, MOST_CHARACTERS, comment

__all__ = ["MARKER", "MOST_CHARACTERS", "comment"]
