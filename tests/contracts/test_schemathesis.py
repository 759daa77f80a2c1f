"""schemathesis over every document: what a service answers is what its document says."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from finops_common.testing.services import House
from finops_sandbox.documents import services
from finops_sandbox.visitor import Visitor

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "missing_required_header",
    "unsupported_method",
    "ignored_auth",
)
"""Not positive_data_acceptance: a password can fit its schema and stand on the blocklist."""

SECONDS = os.environ.get("SCHEMATHESIS_SECONDS", "12")
"""Per service; a minute goes through every case there is."""

ENDS_THE_SESSION = ("log_out", "end_other_sessions", "change_password", "reset_password")


@pytest.mark.req("PLAT-1", part="documents are true")
@pytest.mark.req("PLAT-2", part="every error is declared")
@pytest.mark.timeout(300)
@pytest.mark.parametrize("service", [service.name for service in services()])
async def test_answers_are_what_the_document_says(
    service: str, whole: House, mail_url: str, tmp_path: Path
) -> None:
    owner = await Visitor(whole.url, whole.http, mail_url).arrive()
    company = await owner.found_company()
    organization = await owner.open_organization(company)
    (tmp_path / "schemathesis.toml").write_text(
        "[parameters]\n"
        f'"path.company_id" = "{company}"\n"path.organization_id" = "{organization}"\n'
        f'"path.user_id" = "{owner.user_id}"\n'
        # A service that has not heard of the new company yet says when to ask again.
        '[checks]\nnot_a_server_error.expected-statuses = ["2xx", "3xx", "4xx", 503]\n'
    )
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        *("run", f"{whole.url(service)}/{service}/v1/openapi.json"),
        *("--checks", ",".join(CHECKS), "--phases", "examples,coverage"),
        "--generation-deterministic",
        *("--request-timeout", "20", "--no-color", "--max-time", SECONDS),
        *("--header", f"Authorization: Bearer {owner.token}"),
    ]
    for operation in ENDS_THE_SESSION:
        command += ["--exclude-operation-id", operation]

    # A process of its own: the services answer in this one's event loop.
    child = await asyncio.create_subprocess_exec(
        *command, cwd=tmp_path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await child.communicate()

    told = output.decode()
    found = max(told.find("= FAILURES ="), told.find("= ERRORS ="), 0)
    # Cases at the limit are long: the beginning of each line says which it is.
    shown = "\n".join(line[:300] for line in told[found:].splitlines())
    assert child.returncode == 0, shown[:12_000]
