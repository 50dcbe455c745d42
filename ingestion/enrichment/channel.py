"""The marketing channel of a visit, grouped as Google Analytics 4 groups it."""

import re
from collections.abc import Callable
from typing import NamedTuple

from ingestion.enrichment.block import Block
from ingestion.enrichment.remembered import Answers
from ingestion.enrichment.sources import CLICK_IDS, mention_of

READ = ("referrerType", "utmSource", "utmMedium", "utmCampaign")
CACHED_VISITS = 8192
LONGEST_READ = 200
UNASSIGNED = "Unassigned"
PAID_MEDIUM = re.compile(r".*cp.*|ppc|retargeting|paid.*")
SHOPPING_CAMPAIGN = re.compile(r"(?:[^a-df-z]|^)shop|shopping")
DISPLAY_MEDIA = frozenset({"display", "banner", "expandable", "interstitial", "cpm"})
SOCIAL_MEDIA = frozenset({"social", "social-network", "social-media", "sm", "social network", "social media"})
EMAIL_MEDIA = frozenset({"email", "e-mail", "e_mail", "e mail", "newsletter"})
NO_MEDIUM = frozenset({"(none)", "(not set)", "none", "null", "undefined"})
UNKNOWN_TYPES = frozenset({"other", "direct", "internal"})


class Visit(NamedTuple):
    """What the rules look at, texts in lower case."""

    type: str
    is_paid: bool
    source: str
    medium: str
    campaign: str

    @property
    def is_shopping(self) -> bool:
        return self.type == "shopping" or bool(SHOPPING_CAMPAIGN.search(self.campaign))

    @property
    def is_push(self) -> bool:
        medium = self.medium
        is_push_medium = medium.endswith("push") or "mobile" in medium or "notification" in medium
        return is_push_medium or self.source == "firebase"


# The first rule that holds names the channel. Display stands before the paid ones, so that a display campaign keeps
# its name when the advertiser adds a click id to the link.
RULES: tuple[tuple[str, Callable[[Visit], bool]], ...] = (
    ("Cross-network", lambda v: "cross-network" in v.campaign),
    (
        "Display",
        lambda v: v.medium in DISPLAY_MEDIA or (v.type == "ads" and not PAID_MEDIUM.fullmatch(v.medium)),
    ),
    ("Paid Shopping", lambda v: v.is_paid and v.is_shopping),
    ("Paid Search", lambda v: v.is_paid and v.type == "search"),
    ("Paid Social", lambda v: v.is_paid and v.type == "social"),
    ("Paid Video", lambda v: v.is_paid and v.type == "video"),
    ("Paid Other", lambda v: v.is_paid),
    ("AI Assistant", lambda v: v.type == "ai" or v.medium == "ai-assistant"),
    ("Organic Shopping", lambda v: v.is_shopping),
    ("Organic Social", lambda v: v.type == "social" or v.medium in SOCIAL_MEDIA),
    ("Organic Video", lambda v: v.type == "video" or "video" in v.medium),
    ("Organic Search", lambda v: v.type == "search" or v.medium == "organic"),
    ("Referral", lambda v: v.medium in {"referral", "app", "link"}),
    ("Email", lambda v: v.type == "email" or v.medium in EMAIL_MEDIA),
    ("Affiliates", lambda v: v.medium in {"affiliate", "affiliates"}),
    ("Audio", lambda v: v.medium == "audio"),
    ("SMS", lambda v: "sms" in {v.source, v.medium}),
    ("Mobile Push Notifications", lambda v: v.is_push),
    ("Referral", lambda v: v.type == "other" and not v.medium),
    ("Direct", lambda v: v.type in {"direct", "internal"} and not v.medium and not v.campaign),
)


def fill(block: Block) -> None:
    """Fills channel."""
    given = zip(*(block.columns[name] for name in READ), block.click_ids, strict=True)
    block.columns["channel"] = CHANNELS.all(given)


Traits = tuple[str, str, str, str, str]  # what is READ, and the name of the click id


def is_read_whole(traits: Traits) -> bool:
    return max(map(len, traits)) <= LONGEST_READ


def found_channel(traits: Traits) -> str:
    type_, source, medium, campaign, click_id = traits
    return channel_of(type_, source[:LONGEST_READ], medium[:LONGEST_READ], campaign[:LONGEST_READ], click_id)


CHANNELS = Answers(found_channel, CACHED_VISITS, is_read_whole)


def channel_of(type_: str, source: str, medium: str, campaign: str, click_id: str) -> str:
    """The channel of a visit from a source of this type, with these campaign parameters."""
    medium = "" if (lower := medium.lower()) in NO_MEDIUM else lower
    click = CLICK_IDS.get(click_id)
    mention = mention_of(source) if source else None
    is_paid_click = click is not None and click.is_paid
    if click and is_paid_click and type_ in UNKNOWN_TYPES:
        type_ = click.source.type  # an advertisement shown on somebody else's page
    is_paid = is_paid_click or bool(mention and mention.is_paid) or bool(PAID_MEDIUM.fullmatch(medium))
    visit = Visit(type_, is_paid, source.lower(), medium, campaign.lower())
    return next((channel for channel, holds in RULES if holds(visit)), UNASSIGNED)
