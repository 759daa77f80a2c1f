"""What Google refuses with: a status, words, and short names for the reason."""

from fastapi import Request, Response
from fastapi.responses import JSONResponse


class GoogleError(Exception):
    """One refusal of an API."""

    def __init__(self, status: int, message: str, reason: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.reason = reason

    def answer(self) -> Response:
        error = {
            "code": self.status,
            "message": self.message,
            "errors": [{"reason": self.reason, "message": self.message}],
        }
        return JSONResponse({"error": error}, self.status)


class GrantError(GoogleError):
    """A refusal of the token endpoint."""

    def __init__(self, description: str) -> None:
        super().__init__(400, description, "invalid_grant")

    def answer(self) -> Response:
        told = {"error": self.reason, "error_description": self.message}
        return JSONResponse(told, self.status)


async def answer(_: Request, error: Exception) -> Response:
    """The handler of every refusal."""
    assert isinstance(error, GoogleError)  # narrows for the type checker
    return error.answer()
