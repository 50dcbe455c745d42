"""ETag: who has the same answer already gets a 304 and no body."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.http import ConditionalGetMiddleware
from django.template.response import SimpleTemplateResponse
from django.utils.cache import patch_cache_control


def checked_by_etag(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """No cache between us and the asker may keep the answer, and its own has to ask each time."""
    if not response.has_header("Cache-Control"):
        patch_cache_control(response, private=True, no_cache=True)
    if response.status_code == 200 and isinstance(response, SimpleTemplateResponse):
        middleware = ConditionalGetMiddleware(lambda asked: response)
        response.add_post_render_callback(lambda rendered: middleware.process_response(request, rendered))
    return response
