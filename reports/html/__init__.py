"""A report as one HTML file that needs nothing else: no server, no network, no installation.

    from reports.html import write_html

    write_html(data, "report.html")                # charts that answer to the pointer
    write_html(data, "report.html", static=True)   # charts as pictures, no chart library inside

==============  ==========================================================================
write           ``ReportData`` to the file
environment     Jinja2 with our filters: also for the web pages
words           numbers and levels as people read them
sections        what the templates show that is not in ``ReportData`` as it stands
figures         the charts of a page
payload         the cases, compact and compressed
assets          style, script, and the policy that allows them and nothing else
==============  ==========================================================================

``templates/components.html.j2`` has the macros that all pages share, ``assets/*.css`` their looks,
``assets/*.js`` ES modules of one duty each.
"""

from .write import render, write_html

__all__ = ["render", "write_html"]
