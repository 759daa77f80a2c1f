"""Who calls, whether the API is on, and whether they may."""

from fastapi import Request

from finops_sandbox.gcp.errors import GoogleError
from finops_sandbox.gcp.state import ServiceAccount, State


def state_of(request: Request) -> State:
    state: State = request.app.state.google
    return state


def caller(request: Request) -> ServiceAccount:
    """Whose token it is, while it counts."""
    state = state_of(request)
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    found = state.tokens.get(token)
    if found is None or found.ends <= state.clock() or found.email not in state.accounts:
        raise GoogleError(401, "Request had invalid authentication credentials.", "authError")
    return state.accounts[found.email]


def need_api(state: State, project: str, api: str) -> None:
    """The API must be on in the project."""
    if api not in state.projects[project].apis:
        words = f"{api} has not been used in project {project} before or it is disabled."
        raise GoogleError(403, words, "accessNotConfigured")


def need_role(account: ServiceAccount, role: str, on: str, words: str) -> None:
    """The service account must have the role there."""
    if (role, on) not in account.roles:
        raise GoogleError(403, words, "accessDenied")
