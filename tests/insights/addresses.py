"""Every address that answers questions, and the parameters that it cannot do without."""

INSIGHTS = {
    "metrics": {},
    "timeseries": {},
    "query": {},
    "breakdown": {"by": "country"},
    "goals": {"goals": "buy,/"},
    "revenue": {},
    "paths": {},
    "pages": {},
    "entry-pages": {},
    "exit-pages": {},
    "live": {},
    "referrers": {},
    "channels": {},
    "utm": {},
    "devices": {},
    "geo": {},
    "bots": {},
    "funnel": {"steps": "page_view,buy"},
    "funnel/people": {"steps": "page_view,buy"},
    "retention": {},
    "retention/people": {"startDate": "2024-01-10", "endDate": "2024-01-11", "cohortDate": "2024-01-10"},
    "lifecycle": {},
    "stickiness": {},
    "events": {},
    "sessions": {},
    "trends": {"series": "page_view,buy"},
}
FILTERS = {
    "property-keys": {},
    "property-values": {"key": "plan"},
    "event-names": {},
    "paths": {},
    "countries": {},
}
ROUTES: dict[str, dict[str, str]] = {
    **{f"/insights/shop/{name}": needed for name, needed in INSIGHTS.items()},
    **{f"/filters/shop/{name}": needed for name, needed in FILTERS.items()},
}
