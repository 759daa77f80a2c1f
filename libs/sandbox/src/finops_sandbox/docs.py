"""The docs page at the gateway: the merged OpenAPI document in Swagger UI, assets shipped."""

from importlib.metadata import distribution
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

DOCUMENT = Path(__file__).parents[4] / "docs" / "api" / "openapi.json"
# Found and not imported: only its files are wanted.
ASSETS = Path(str(distribution("fastapi-offline").locate_file("fastapi_offline/static")))

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>finops API</title>
<link rel="stylesheet" href="/docs/assets/swagger-ui.css"></head>
<body><div id="page"></div>
<script src="/docs/assets/swagger-ui-bundle.js"></script>
<script>
SwaggerUIBundle({url: "/openapi.json", dom_id: "#page", deepLinking: true, docExpansion: "none",
  filter: true, persistAuthorization: true, displayRequestDuration: true});
</script></body></html>
"""


async def _page(_: Request) -> Response:
    return HTMLResponse(PAGE)


async def _document(_: Request) -> Response:
    return FileResponse(DOCUMENT, media_type="application/json")


def create_app() -> Starlette:
    """`/` and `/docs` show the page, `/openapi.json` is the document."""
    return Starlette(
        routes=[
            Route("/", _page),
            Route("/docs", _page),
            Route("/openapi.json", _document),
            Mount("/docs/assets", StaticFiles(directory=ASSETS)),
        ]
    )
