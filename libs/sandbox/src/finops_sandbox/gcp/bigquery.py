"""BigQuery: tables of a dataset, and the queries that the product asks of billing's exports."""

import json
import re
from collections import Counter
from secrets import token_hex
from typing import Any

from fastapi import APIRouter, Request

from finops_sandbox.gcp.access import caller, need_api, need_role, state_of
from finops_sandbox.gcp.errors import GoogleError
from finops_sandbox.gcp.state import BIGQUERY, DATA_VIEWER, JOB_USER, Job, Project, Row, Table

router = APIRouter(prefix="/bigquery/v2/projects/{project_id}")
PAGE = 100
Cells = tuple[str | None, ...]
_TABLE = re.compile(r"FROM `([\w-]+)\.(\w+)\.(\w+)`")


@router.get("/datasets/{dataset}/tables")
async def list_tables(
    project_id: str,
    dataset: str,
    request: Request,
    pageToken: int = 0,  # noqa: N803 - Google's name
) -> dict[str, Any]:
    tables = _tables(request, project_id, dataset)
    end = pageToken + 2
    listed = [{"tableReference": {"tableId": name}} for name in list(tables)[pageToken:end]]
    following = {"nextPageToken": str(end)} if end < len(tables) else {}
    return {"tables": listed, **following} if listed else {"totalItems": 0}


@router.post("/queries")
async def query(project_id: str, request: Request) -> dict[str, Any]:
    """Runs at once; `State.slow` makes it seem to take its time."""
    state, who, order = state_of(request), caller(request), await request.json()
    _project(request, project_id)
    words = f"Access Denied: Project {project_id}: User does not have bigquery.jobs.create"
    need_role(who, JOB_USER, project_id, f"{words} permission in project {project_id}.")
    rows = _run(request, order)
    if order.get("dryRun"):
        return {"jobComplete": True, "jobReference": {"projectId": project_id}}
    job_id = f"job_{token_hex(8)}"
    state.jobs[job_id] = Job(project_id, who.email, rows, state.slow)
    return _answer(request, job_id, 0, order.get("maxResults", PAGE))


@router.get("/queries/{job_id}")
async def read_results(
    project_id: str,
    job_id: str,
    request: Request,
    location: str,
    pageToken: int = 0,  # noqa: N803 - Google's name
    maxResults: int = PAGE,  # noqa: N803 - Google's name
) -> dict[str, Any]:
    job = state_of(request).jobs.get(job_id)
    if job is None or (job.project, job.email) != (project_id, caller(request).email):
        raise GoogleError(404, f"Not found: Job {project_id}:{location}.{job_id}", "notFound")
    return _answer(request, job_id, pageToken, maxResults)


def _answer(request: Request, job_id: str, start: int, limit: int) -> dict[str, Any]:
    job = state_of(request).jobs[job_id]
    reference = {"projectId": job.project, "jobId": job_id, "location": "asia-northeast3"}
    if job.slow > 0:
        job.slow -= 1
        return {"jobComplete": False, "jobReference": reference}
    end = start + min(limit, PAGE)
    rows = [{"f": [{"v": cell} for cell in row]} for row in job.rows[start:end]]
    following = {"pageToken": str(end)} if end < len(job.rows) else {}
    return {"jobComplete": True, "jobReference": reference, "rows": rows, **following}


def _run(request: Request, order: dict[str, Any]) -> list[Cells]:
    named = _TABLE.search(order["query"])
    if named is None:
        raise GoogleError(400, "Syntax error", "invalidQuery")
    project, dataset, name = named.groups()
    table = _tables(request, project, dataset).get(name)
    if table is None:
        raise GoogleError(404, f"Not found: Table {project}:{dataset}.{name}", "notFound")
    by_days = "_PARTITIONDATE" in order["query"]
    if by_days and not table.partitioned:
        raise GoogleError(400, "Unrecognized name: _PARTITIONDATE at [1:1]", "invalidQuery")
    if "GROUP BY" in order["query"]:
        return _months(table, by_days)
    if not order["queryParameters"]:
        return _all(table, by_days)
    given = {each["name"]: each["parameterValue"]["value"] for each in order["queryParameters"]}
    return _rows(table, given)


def _rows(table: Table, given: dict[str, str]) -> list[Cells]:
    held = [
        (row, day)
        for row, day in zip(table.rows, table.days(), strict=True)
        if "first" not in given or day is None or given["first"] <= day <= given["last"]
    ]
    table.scanned.append({day for _, day in held})
    return [(json.dumps(row), _written(row)) for row, _ in held if _month(row) == given["month"]]


def _all(table: Table, by_days: bool) -> list[Cells]:
    dated = zip(table.rows, table.days(), strict=True)
    return [(json.dumps(row), day)[: 1 + by_days] for row, day in dated if day or not by_days]


def _months(table: Table, by_days: bool) -> list[Cells]:
    counted = Counter(_month(row) for row in table.rows)
    return [_counted(table, month, count, by_days) for month, count in counted.items()]


def _counted(table: Table, month: str, count: int, by_days: bool) -> Cells:
    rows = [(r, d) for r, d in zip(table.rows, table.days(), strict=True) if _month(r) == month]
    days = [day for _, day in rows if day is not None]
    newest = max(_written(row) for row, _ in rows)
    held = (min(days, default=None), max(days, default=None)) if by_days else ()
    return (month, str(count), newest, *held)


def _month(row: Row) -> str:
    return str(row["invoice"]["month"])


def _written(row: Row) -> str:
    return str(row["export_time"])


def _tables(request: Request, project_id: str, dataset: str) -> dict[str, Table]:
    project, who = _project(request, project_id), caller(request)
    if dataset not in project.datasets:
        raise GoogleError(404, f"Not found: Dataset {project_id}:{dataset}", "notFound")
    words = f"Access Denied: Dataset {project_id}:{dataset}: Permission bigquery.tables.list denied"
    need_role(who, DATA_VIEWER, f"{project_id}.{dataset}", words)
    return project.datasets[dataset]


def _project(request: Request, project_id: str) -> Project:
    state = state_of(request)
    caller(request)
    project = state.projects.get(project_id)
    if project is None:
        raise GoogleError(404, f"Not found: Project {project_id}", "notFound")
    need_api(state, project_id, BIGQUERY)
    return project
