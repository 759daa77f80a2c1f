"""Random scenarios of Azure and Google Cloud, as the files that people write."""

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

Json = dict[str, Any]

AMOUNTS = st.integers(0, 24).map(lambda quarters: str(quarters / 4))
TERMS = st.sampled_from(["1y", "3y"])
HELD = {"Azure": ("reservations", "savings_plans")} | {
    "GCP": ("resource_commitments", "service_commitments", "flexible_commitments")
}
SIZES = {"D2s v5": "1", "D4s v5": "2", "D8s v5": "4"}

_SCOPES = st.sampled_from(
    [
        {},
        {"scope": "management_group", "management_group": "root"},
        {"scope": "management_group", "management_group": "team"},
        *({"scope": "subscription", "subscription": name} for name in "ab"),
        *(
            {"scope": "resource_group", "subscription": name, "resource_group": "web"}
            for name in "ab"
        ),
    ]
)
_PRODUCTS = st.sampled_from([*SIZES]).map(
    lambda name: {"product": name, "flexibility_group": "Dsv5", "ratio": SIZES[name]}
)
_REGIONS = st.sampled_from(["westeurope", "koreacentral"])


def _named(name: str, entries: st.SearchStrategy[Json], most: int = 4) -> st.SearchStrategy[Any]:
    """Up to so many entries, each with a name of its own."""
    return st.lists(entries, max_size=most).map(
        lambda found: [each | {name: f"{name}{at}"} for at, each in enumerate(found)]
    )


def _joined(*parts: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    return st.tuples(*parts).map(lambda found: {k: v for part in found for k, v in part.items()})


_AZURE = st.fixed_dictionaries(
    {
        "provider": st.just("Azure"),
        "management_groups": st.just({"root": ["a", "b"], "team": ["a"]}),
        "usage": _named(
            "label",
            _joined(
                _PRODUCTS,
                st.fixed_dictionaries(
                    {
                        "subscription": st.sampled_from("ab"),
                        "resource_group": st.sampled_from(["web", "db"]),
                        "region": _REGIONS,
                        "quantity": AMOUNTS,
                        "on_demand_rate": st.just("1"),
                        "negotiated_rate": st.sampled_from([None, "0.9", "0.4"]),
                        "rates": st.dictionaries(TERMS, st.sampled_from(["0.5", "0.7"])),
                    }
                ),
            ),
        ),
        "reservations": _named(
            "id",
            _joined(
                _PRODUCTS,
                _SCOPES,
                st.fixed_dictionaries(
                    {"region": _REGIONS, "count": st.integers(0, 4), "hourly_rate": st.just("0.6")}
                ),
            ),
        ),
        "savings_plans": _named(
            "id",
            _joined(_SCOPES, st.fixed_dictionaries({"term": TERMS, "hourly_commitment": AMOUNTS})),
        ),
    }
)

_RESOURCE = {"family": st.sampled_from(["n2", "c2"]), "resource": st.sampled_from(["vcpu", "mem"])}
_CARDS = st.sampled_from(["service_1y", "service_3y", "flexible_1y", "flexible_3y"])
_MONEY = {"term": TERMS, "hourly_commitment": AMOUNTS}
_MODELS = st.sampled_from([{"model": "list", "discount": "0.28"}, {"model": "discounted"}, {}])
_SERVICES = st.sampled_from(["compute", "cloud sql"])

_GOOGLE = st.fixed_dictionaries(
    {
        "provider": st.just("GCP"),
        "usage": _named(
            "label",
            st.fixed_dictionaries(
                {
                    "project": st.sampled_from("ab"),
                    "service": _SERVICES,
                    "region": _REGIONS,
                    **_RESOURCE,
                    "quantity": AMOUNTS,
                    "on_demand_rate": st.just("1"),
                    "discounts": st.dictionaries(_CARDS, st.sampled_from(["0", "0.28", "0.46"])),
                    "month_share": st.sampled_from([None, "1", "0.5", "0.3"]),
                }
            ),
        ),
        "resource_commitments": _named(
            "id",
            st.fixed_dictionaries(
                {
                    "project": st.sampled_from(["a", "b", None]),
                    "region": _REGIONS,
                    **_RESOURCE,
                    "amount": AMOUNTS,
                    "hourly_rate": st.just("0.63"),
                }
            ),
        ),
        "service_commitments": _named(
            "id",
            _joined(
                st.fixed_dictionaries({**_MONEY, "service": _SERVICES, "region": _REGIONS}),
                _MODELS,
            ),
        ),
        "flexible_commitments": _named("id", _joined(st.fixed_dictionaries(_MONEY), _MODELS)),
    }
)

SCENARIOS: st.SearchStrategy[Json] = st.one_of(_AZURE, _GOOGLE)


def amount_of(commitment: Mapping[str, Any]) -> str:
    """The field of a commitment that says how much is held."""
    return next(name for name in ("count", "amount", "hourly_commitment") if name in commitment)
