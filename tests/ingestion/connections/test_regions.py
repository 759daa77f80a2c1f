"""Asking every region of a customer, of which some may be closed."""

from collections.abc import Mapping

import pytest
from botocore.exceptions import ClientError

from finops_ingestion.connections.adapters.aws import in_open_regions


async def asked(answers: Mapping[str, list[str] | str]) -> list[str]:
    """What regions answer that give a list, or the code of an error."""

    async def ask(region: str) -> list[str]:
        answer = answers[region]
        if isinstance(answer, str):
            raise ClientError({"Error": {"Code": answer}}, "DescribeReservedInstances")
        return answer

    return await in_open_regions(list(answers), ask)


async def test_closed_regions_have_nothing_and_the_order_stays() -> None:
    closed = {"b": "UnauthorizedOperation", "c": "AuthFailure", "d": "InvalidClientTokenId"}
    answers = {"a": ["one"], **closed, "e": "UnrecognizedClientException", "f": ["two"]}

    assert await asked(answers) == ["one", "two"]


@pytest.mark.parametrize(
    "answers",
    [
        {"a": "UnauthorizedOperation", "b": "OptInRequired"},
        {"a": ["one"], "b": "RequestLimitExceeded"},
    ],
)
async def test_where_all_are_closed_or_one_fails_nothing_is_told(
    answers: Mapping[str, list[str] | str],
) -> None:
    with pytest.raises(ClientError):
        await asked(answers)
