"""The layouts of the events table that are compared: one row each, and the CREATE TABLE that a row stands for."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

TEXT = "String"
WORD = "LowCardinality(String)"

PLAIN_COLUMNS: Mapping[str, str] = {
    "projectId": WORD,
    "name": WORD,
    "createdAt": "DateTime64(3, 'UTC')",
    "receivedAt": "DateTime64(3, 'UTC')",
    **dict.fromkeys(("eventId", "deviceId", "profileId", "sessionId"), TEXT),
    **dict.fromkeys(("isScreenView", "isInteractive"), "UInt8"),
    **dict.fromkeys(("path", "origin", "query", "title", "referrer"), TEXT),
    **dict.fromkeys(("referrerName", "referrerType", "channel"), WORD),
    **dict.fromkeys(("utmSource", "utmMedium", "utmCampaign", "utmTerm", "utmContent"), WORD),
    **dict.fromkeys(("country", "region", "city"), WORD),
    **dict.fromkeys(("browser", "browserVersion", "os", "osVersion", "device", "brand", "model"), WORD),
    "revenue": "Decimal(18, 4)",
    **dict.fromkeys(("currency", "sdkName", "sdkVersion"), WORD),
}
PROPERTIES = "Map(LowCardinality(String), String)"
NUMBERS = "Map(LowCardinality(String), Float64)"

PERSON = "if(profileId != '', concat('p', profileId), concat('d', deviceId))"
LANE = "if(sessionId != '', concat('s', sessionId), concat('d', deviceId))"

# '*' is every other column. Left unsaid, recent engines take LZ4 for small parts and ZSTD(3) for large ones.
ENGINE_DEFAULT: dict[str, str] = {}
ALL_LZ4 = {"*": "LZ4"}
ALL_ZSTD = {"*": "ZSTD(1)"}
# Large and rarely read goes small; what every question reads stays quick. See columns.py for the figures.
COLD = ("eventId", "deviceId", "profileId", "sessionId", "origin", "query", "title", "referrer")
MIXED = ALL_LZ4 | dict.fromkeys(COLD, "ZSTD(1)") | {"createdAt": "T64, LZ4", "receivedAt": "T64, ZSTD(1)"}
MIXED_SMALL_MAPS = MIXED | {"properties": "ZSTD(1)", "numbers": "ZSTD(1)"}


@dataclass(frozen=True)
class Storage:
    """Where properties live: their columns, how a load fills them, how a query reads one."""

    columns: Mapping[str, str]
    filled_by: Mapping[str, str]
    text: str
    number: str
    keys: str


TWO_MAPS = Storage(
    columns={"properties": PROPERTIES, "numbers": NUMBERS},
    filled_by={"properties": "properties", "numbers": "numbers"},
    text="properties['{key}']",
    number="numbers['{key}']",
    keys="arraySort(groupUniqArrayArray(mapKeys(properties)))",
)
TWO_MAPS_APART = replace(
    TWO_MAPS,
    filled_by={
        "properties": "mapFilter((key, _) -> NOT mapContains(numbers, key), properties)",
        "numbers": "numbers",
    },
    keys="arraySort(arrayDistinct(arrayConcat("
    "groupUniqArrayArray(mapKeys(properties)), groupUniqArrayArray(mapKeys(numbers)))))",
)
ONE_MAP = Storage(
    columns={"properties": PROPERTIES},
    filled_by={"properties": "properties"},
    text="properties['{key}']",
    number="toFloat64OrZero(properties['{key}'])",
    keys=TWO_MAPS.keys,
)
# A number in JSON becomes Int64 or Float64 as it happens to be written, so a reader must ask for both.
JSON_PATHS = Storage(
    columns={"properties": "JSON"},
    filled_by={
        "properties": "concat('{', arrayStringConcat(arrayConcat("
        "arrayMap((k, v) -> concat('\"', k, '\":\"', v, '\"'), mapKeys(texts), mapValues(texts)), "
        "arrayMap((k, v) -> concat('\"', k, '\":', toString(v)), mapKeys(numbers), mapValues(numbers))"
        "), ','), '}')"
    },
    text="properties.`{key}`.:String",
    number="coalesce(properties.`{key}`.:Float64, toFloat64(properties.`{key}`.:Int64), 0)",
    keys="arraySort(distinctJSONPaths(properties))",
)

JSON_FEW_PATHS = replace(JSON_PATHS, columns={"properties": "JSON(max_dynamic_paths = 16)"})


@dataclass(frozen=True)
class Candidate:
    """One whole layout; `indexes` and further `settings` are written as in CREATE TABLE."""

    name: str
    order_by: str
    primary_key: str = ""
    person_type: str = "UInt64"
    storage: Storage = TWO_MAPS
    codecs: Mapping[str, str] = field(default_factory=lambda: MIXED)
    indexes: tuple[str, ...] = ()
    settings: str = ""

    @property
    def inserted(self) -> dict[str, str]:
        """Column by column, the expression over the source table that fills it."""
        return {name: name for name in PLAIN_COLUMNS} | dict(self.storage.filled_by)

    def person(self, text: str) -> str:
        """The key, as SQL, of the person that `PERSON` spells as this text."""
        return f"xxHash64('{text}')" if self.person_type == "UInt64" else f"'{text}'"

    def create(self, table: str) -> str:
        person = f"xxHash64({PERSON})" if self.person_type == "UInt64" else PERSON
        lines = [self._column(name, kind) for name, kind in PLAIN_COLUMNS.items()]
        lines += [self._column(name, kind) for name, kind in self.storage.columns.items()]
        lines.append(self._column("personKey", self.person_type, person))
        lines.append(self._column("sessionKey", "UInt64", f"xxHash64({LANE})"))
        lines += [f"INDEX {index}" for index in self.indexes]
        rest = self.codecs.get("*")
        settings = "non_replicated_deduplication_window = 1000" + self.settings
        settings += f", default_compression_codec = '{rest}'" if rest else ""
        body = ",\n    ".join(lines)
        return (
            f"CREATE TABLE {table} (\n    {body}\n)\nENGINE = MergeTree\n"
            f"PARTITION BY toYYYYMM(createdAt)\nPRIMARY KEY {self.primary_key or self.order_by}\n"
            f"ORDER BY {self.order_by}\n"
            f"SETTINGS {settings}"
        )

    def _column(self, name: str, kind: str, default: str = "") -> str:
        codec = self.codecs.get(name, "")
        return f"{name} {kind}{default and f' DEFAULT {default}'}{codec and f' CODEC({codec})'}"


# A key that ends in createdAt: a bound on createdAt then prunes by that column alone, no longer by toDate(createdAt).
TIME_IN_KEY = Candidate("time-in-key", "(projectId, toDate(createdAt), name, personKey, createdAt)")
DAY_NAME_PERSON = replace(
    TIME_IN_KEY, name="day-name-person", primary_key="(projectId, toDate(createdAt), name, personKey)"
)

ORDER_KEYS = (
    DAY_NAME_PERSON,
    TIME_IN_KEY,
    Candidate(
        "day-person",
        "(projectId, toDate(createdAt), personKey, createdAt)",
        "(projectId, toDate(createdAt), personKey)",
    ),
    Candidate(
        "day-lane",
        "(projectId, toDate(createdAt), sessionKey, createdAt)",
        "(projectId, toDate(createdAt), sessionKey)",
    ),
    Candidate("time", "(projectId, createdAt)"),
    Candidate("name-time", "(projectId, name, createdAt)"),
    Candidate(
        "peer",
        "(projectId, toDate(createdAt), createdAt, name)",
        person_type="String",
        storage=ONE_MAP,
        codecs=ALL_LZ4,
    ),
)

CHOSEN = replace(DAY_NAME_PERSON, name="chosen")

BUCKETS = ", map_serialization_version = 'with_buckets', map_buckets_min_avg_size = 0"

PROPERTY_STORAGE = (
    CHOSEN,
    replace(CHOSEN, name="maps-apart", storage=TWO_MAPS_APART),
    replace(CHOSEN, name="one-map", storage=ONE_MAP),
    replace(CHOSEN, name="bucketed-maps", settings=BUCKETS),
    replace(CHOSEN, name="json", storage=JSON_PATHS),
)

VISITOR_AND_CODECS = (
    CHOSEN,
    replace(CHOSEN, name="string-person", person_type="String"),
    replace(CHOSEN, name="zstd-maps", codecs=MIXED_SMALL_MAPS),
    replace(CHOSEN, name="all-lz4", codecs=ALL_LZ4),
    replace(CHOSEN, name="no-codecs", codecs=ENGINE_DEFAULT),
    replace(CHOSEN, name="all-zstd", codecs=ALL_ZSTD),
    replace(
        CHOSEN,
        name="with-indexes",
        indexes=(
            "byPerson personKey TYPE bloom_filter(0.01) GRANULARITY 1",
            "byLane sessionKey TYPE bloom_filter(0.01) GRANULARITY 1",
        ),
    ),
)

# JSON as it comes, with 1,024 paths of its own, is not here: one insert of a million such events wanted more than
# 20,000 open files and was refused.
MANY_KEYS = (
    CHOSEN,
    replace(CHOSEN, name="one-map", storage=ONE_MAP),
    replace(CHOSEN, name="bucketed-maps", settings=BUCKETS),
    replace(CHOSEN, name="json-16-paths", storage=JSON_FEW_PATHS),
)
