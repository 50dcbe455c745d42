"""One class a question: who may ask, what was asked, the answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any, ClassVar

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from analytics import at_once
from analytics.authentication import known_caller
from analytics.directory import find_project
from analytics.permissions import MayAsk
from analytics.throttles import QuestionThrottle
from eventlens.api import InvalidInput, Problem
from eventlens.clickhouse import asking, people
from insights.asking.parameters import Given
from insights.asking.scope import Scope
from insights.etags import checked_by_etag
from insights.funnels import funnel
from insights.kept import kept
from insights.people import profiles
from insights.retention import retention
from insights.web import bots, breakdown, landings, live, overview, pages, sources, suggestions, timeseries


@dataclass(frozen=True)
class Question:
    """The parts of a question's module that a view needs."""

    name: str
    read: Callable[[Given], Any]
    answer: Callable[[Any], Any]
    definitions: Mapping[str, str]


class Asked(APIView):
    """GET with parameters in the address, POST with a JSON body; what is in both is taken from the body."""

    permission_classes = [MayAsk]
    throttle_classes = [QuestionThrottle]
    question: ClassVar[Question]

    def get(self, request: Request, project_id: str) -> Response:
        return Response(self.respond(given(request, project_id, {})))

    def post(self, request: Request, project_id: str) -> Response:
        return Response(self.respond(given(request, project_id, body(request))))

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with asking.named(kwargs["project_id"], self.question.name):
            response = super().dispatch(request, *args, **kwargs)
        return checked_by_etag(request, response)

    def respond(self, given: Given) -> Any:
        caller = known_caller(self.request)
        with at_once.running(caller.client.id if caller else ""):
            return self.answered(given)

    def answered(self, given: Given) -> Any:
        params, with_query = self.question.read(given), given.flag("meta")
        given.check()
        data = kept(self.question.name, params, given.now, lambda: self.question.answer(params))
        return {"data": data, "query": resolved(self.question, params)} if with_query else data


class Suggested(Asked):
    """The five lists that filters are made of, wrapped as the original wrapped them."""

    http_method_names = ["get", "head", "options"]

    def respond(self, given: Given) -> Any:
        return {"success": True, "data": super().respond(given)}


def given(request: Request, project_id: str, values: Mapping[str, object]) -> Given:
    project = find_project(project_id)
    if project is None:
        raise NotFound("There is no such project; check the project's id in the address.")
    return Given(
        {**request.query_params.dict(), **values},
        project.id,
        project.timezone,
        datetime.now(UTC),
        is_linked=people.has_links(project.id),
    )


def body(request: Request) -> Mapping[str, object]:
    """Raises InvalidInput unless the body is a JSON object or empty."""
    if not isinstance(request.data, dict):
        raise InvalidInput([Problem("body", "The body must be a JSON object of parameters.")])
    return request.data


def resolved(question: Question, params: Any) -> dict[str, Any]:
    """The question as it was understood: enough to ask it again and to argue about its numbers.

    What a parameter's repr leaves out is worked out from the others and left out here, too.
    """
    answered: dict[str, Any] = {"question": question.name}
    for field in (one for one in fields(params) if one.repr):
        value = getattr(params, field.name)
        answered |= value.described() if isinstance(value, Scope) else {field.name: value}
    return {**answered, "definitions": question.definitions}


class Metrics(Asked):
    question = Question("metrics", overview.read, overview.answer, overview.DEFINITIONS)


class Timeseries(Asked):
    question = Question("timeseries", timeseries.read, timeseries.answer, timeseries.DEFINITIONS)


class Pages(Asked):
    question = Question("pages", pages.read, pages.answer, pages.DEFINITIONS)


class EntryPages(Asked):
    question = Question("entry-pages", landings.read_entry, landings.answer, landings.ENTRY_DEFINITIONS)


class ExitPages(Asked):
    question = Question("exit-pages", landings.read_exit, landings.answer, landings.EXIT_DEFINITIONS)


class Live(Asked):
    question = Question("live", live.read, live.answer, live.DEFINITIONS)


class Referrers(Asked):
    question = Question("referrers", sources.read_referrers, sources.answer, sources.DEFINITIONS)


class Channels(Asked):
    question = Question("channels", sources.read_channels, sources.answer, sources.DEFINITIONS)


class Utm(Asked):
    question = Question("utm", sources.read_utm, sources.answer, sources.DEFINITIONS)


class Devices(Asked):
    question = Question("devices", breakdown.read_devices, breakdown.answer, breakdown.DEFINITIONS)


class Geo(Asked):
    question = Question("geo", breakdown.read_geo, breakdown.answer, breakdown.DEFINITIONS)


class Bots(Asked):
    question = Question("bots", bots.read, bots.answer, bots.DEFINITIONS)


class Funnel(Asked):
    question = Question("funnel", funnel.read, funnel.answer, funnel.DEFINITIONS)


class Retention(Asked):
    question = Question("retention", retention.read, retention.answer, retention.DEFINITIONS)


class Profiles(Asked):
    http_method_names = ["get", "head", "options"]
    question = Question("profiles", profiles.read, profiles.answer, profiles.DEFINITIONS)


class Profile(Asked):
    """One person; the id stands in the address."""

    http_method_names = ["get", "head", "options"]
    question = Question("profile", profiles.read_profile, profiles.answer_profile, profiles.PROFILE_DEFINITIONS)

    def get(self, request: Request, project_id: str, profile_id: str = "") -> Response:
        answered = self.respond(given(request, project_id, {"id": profile_id}))
        if answered is None or (isinstance(answered, dict) and answered.get("data", answered) is None):
            raise NotFound("Nobody is known by this id; ids are as they were sent, upper and lower case matter.")
        return Response(answered)


class PropertyKeys(Suggested):
    question = Question("property-keys", suggestions.read_property_keys, suggestions.answer, suggestions.DEFINITIONS)


class PropertyValues(Suggested):
    question = Question(
        "property-values", suggestions.read_property_values, suggestions.answer, suggestions.DEFINITIONS
    )


class EventNames(Suggested):
    question = Question("event-names", suggestions.read_event_names, suggestions.answer, suggestions.DEFINITIONS)


class Paths(Suggested):
    question = Question("paths", suggestions.read_paths, suggestions.answer, suggestions.DEFINITIONS)


class Countries(Suggested):
    question = Question("countries", suggestions.read_countries, suggestions.answer, suggestions.DEFINITIONS)
