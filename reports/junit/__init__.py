"""The report as JUnit XML, which CI systems count and list by themselves.

    from reports.junit import junit

==============  ==========================================================================
suites          one suite of cases, one of the gate's findings
==============  ==========================================================================
"""

from .suites import junit

__all__ = ["junit"]
