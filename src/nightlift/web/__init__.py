"""The web page and the REST interface behind it: `nightlift serve`, extra `[web]`."""

from typing import TYPE_CHECKING

from nightlift.imports import exported

if TYPE_CHECKING:
    from nightlift.web.edition import build as build
    from nightlift.web.limits import Limits as Limits
    from nightlift.web.serving import listen as listen
    from nightlift.web.serving import serve as serve
else:
    __getattr__, __dir__ = exported(
        __name__,
        {
            "edition": ("build",),
            "limits": ("Limits",),
            "serving": ("listen", "serve"),
        },
    )
