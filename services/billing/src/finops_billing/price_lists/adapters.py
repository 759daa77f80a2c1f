"""Reads the price lists that are shipped with the code."""

import tomllib
from collections.abc import Mapping
from decimal import Decimal
from importlib import resources
from typing import Any

from finops_billing.price_lists.domain import EditionPrice, PriceList, Tier, TrialOffer
from finops_common.contracts.billing import EDITIONS, Edition


def shipped_price_lists() -> tuple[PriceList, ...]:
    """Every version, the oldest first.

    Raises:
        KeyError: a list leaves an edition or a field out.
    """
    folder = resources.files("finops_billing.price_lists") / "lists"
    texts = [entry.read_text() for entry in folder.iterdir() if entry.name.endswith(".toml")]
    lists = [read_price_list(text) for text in texts]
    return tuple(sorted(lists, key=lambda each: each.effective_from))


def read_price_list(text: str) -> PriceList:
    """One list from its TOML text; amounts are decimal texts there."""
    found = tomllib.loads(text)
    trial = found["trial"]
    return PriceList(
        version=found["version"],
        effective_from=found["effective_from"],
        trial=TrialOffer(trial["days"], trial["campaign_from"], trial.get("campaign_until")),
        editions=tuple(_edition(name, found["editions"][name]) for name in EDITIONS),
    )


def _edition(name: Edition, found: Mapping[str, Any]) -> EditionPrice:
    share = found.get("savings_share_percent")
    return EditionPrice(
        edition=name,
        payment=found["payment"],
        tiers={
            currency: tuple(map(_tier, tiers)) for currency, tiers in found.get("tiers", {}).items()
        },
        savings_share_percent=None if share is None else Decimal(share),
    )


def _tier(found: Mapping[str, str]) -> Tier:
    limit = found.get("up_to")
    return Tier(None if limit is None else Decimal(limit), Decimal(found["fee"]))
