"""The web application: sign-in, roles, the API, the interview over HTTP, and the frame of the pages.

    from reports.web import Settings, create_app

    app = create_app(Settings(database="sqlite:///desk.db", local_people=LOCAL_PEOPLE))

==============  ==========================================================================
app             ``create_app``: everything put together
settings        all that can be configured; from the command line and the environment
services        what the endpoints work with: desk, network, engine, runs
access          every endpoint says who may call it; who calls, and whether they may
sessions        the signed cookie of a visitor, and the token against forged forms
sign_in         local persons to try out; OpenID Connect for deployments
problems        every refusal as RFC 9457 says, or as a page
middleware      headers, hosts, the log, the last resort; reading a body within limits
api             ``/api/v1``, one file a subject
pages           what people see; :mod:`reports.web.pages` says how a page is added
==============  ==========================================================================

Importing this package needs the extra ``clinval[web]``; nothing else in ``reports`` imports it.
"""

from .needed import require_libraries

require_libraries()

from .app import create_app  # noqa: E402
from .settings import LOCAL_PEOPLE, Settings  # noqa: E402

__all__ = ["LOCAL_PEOPLE", "Settings", "create_app"]
