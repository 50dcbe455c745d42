"""Every address that answers questions, and the parameters that it cannot do without."""

INSIGHTS = {
    "metrics": {},
    "timeseries": {},
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
    "retention": {},
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
