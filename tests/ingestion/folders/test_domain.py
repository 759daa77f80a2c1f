"""What folders have in common, and what S3's answers mean."""

import pytest

from finops_ingestion.folders.domain import below, must_be_mended, overlap


@pytest.mark.parametrize(
    ("one", "other", "common"),
    [
        ("focus", "focus/", True),
        ("focus", "focus/saas", True),
        ("", "focus", True),
        ("focus", "focus-2", False),
        ("a/focus", "focus", False),
    ],
)
def test_folders_overlap_when_one_lies_in_the_other(one: str, other: str, common: bool) -> None:
    assert overlap(below(one), below(other)) is common
    assert overlap(below(other), below(one)) is common


@pytest.mark.parametrize(
    ("answer", "mended"),
    [
        ("AccessDenied", True),
        ("NoSuchBucket", True),
        ("KMS.DisabledException", True),
        ("InvalidObjectState", True),
        ("SlowDown", False),
        ("InternalError", False),
        ("EndpointConnectionError", False),
    ],
)
def test_what_a_person_must_mend_is_told_from_an_outage(answer: str, mended: bool) -> None:
    assert must_be_mended(answer) is mended
