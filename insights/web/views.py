"""The questions of web analytics, and the lists that filters are made of."""

from typing import Any

from insights.asked import Asked, Question
from insights.asking.parameters import Given
from insights.web import breakdown, landings, live, overview, pages, sources, suggestions, timeseries


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
    question = Question("bots", breakdown.read_bots, breakdown.answer, breakdown.BOTS_DEFINITIONS)


class Suggested(Asked):
    """The five lists that filters are made of, wrapped as the original wrapped them."""

    http_method_names = ["get", "head", "options"]

    def respond(self, given: Given) -> Any:
        return {"success": True, "data": super().respond(given)}


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
