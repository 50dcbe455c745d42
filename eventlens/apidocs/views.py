"""The routes of the API document: the document itself, and a page that shows it without asking anybody else."""

from importlib.resources import files

from django.http import FileResponse, HttpResponse
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.views import APIView

from eventlens.apidocs.document import document

OURS = files("eventlens.apidocs")
SWAGGER = files("drf_spectacular_sidecar") / "static" / "drf_spectacular_sidecar" / "swagger-ui-dist"
FILES = {
    "page.js": (OURS, "text/javascript"),
    "swagger-ui-bundle.js": (SWAGGER, "text/javascript"),
    "swagger-ui.css": (SWAGGER, "text/css"),
    "favicon-32x32.png": (SWAGGER, "image/png"),
}
# Swagger UI styles its parts inline, and draws its arrows from data: addresses.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
FOR_AN_HOUR = {"Cache-Control": "public, max-age=3600"}


class Public(APIView):
    """Open to everybody, and itself not in the document."""

    authentication_classes = []
    permission_classes = []
    schema = None


class Document(Public):
    def get(self, request: Request) -> HttpResponse:
        prefix = request.path_info.removesuffix("/openapi.json")
        return HttpResponse(document(prefix), content_type="application/json")


class Page(Public):
    def get(self, request: Request) -> HttpResponse:
        page = (OURS / "page.html").read_bytes()
        return HttpResponse(page, headers={"Content-Security-Policy": POLICY})


class Asset(Public):
    """A file of the page; below the page's own address, so that a proxy that passes the one passes the other."""

    def get(self, request: Request, name: str) -> FileResponse:
        if name not in FILES:
            raise NotFound("The page of the API has no such file; open it at /docs.")
        folder, kind = FILES[name]
        return FileResponse((folder / name).open("rb"), content_type=kind, headers=FOR_AN_HOUR)
