"""What Azure refuses with: each of its three services in its own words."""

from fastapi import Request, Response
from fastapi.responses import JSONResponse


class AzureError(Exception):
    """One refusal; `code` is spelled as the service would."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code

    def answer(self) -> Response:
        """As the resource manager says it."""
        return JSONResponse({"error": {"code": self.code, "message": self.code}}, self.status)


class StorageError(AzureError):
    """The code stands in a header as well as in the body."""

    def answer(self) -> Response:
        body = f'<?xml version="1.0" encoding="utf-8"?><Error><Code>{self.code}</Code></Error>'
        headers = {"x-ms-error-code": self.code}
        return Response(body, self.status, headers, "application/xml")


class LoginError(AzureError):
    """A refusal with its AADSTS number."""

    def __init__(self, number: int, error: str = "invalid_client") -> None:
        super().__init__(401 if error == "invalid_client" else 400, error)
        self.number = number

    def answer(self) -> Response:
        words = f"AADSTS{self.number}: refused. Trace ID: 0 Correlation ID: 0"
        told = {"error": self.code, "error_description": words, "error_codes": [self.number]}
        return JSONResponse(told, self.status)


async def answer(_: Request, error: Exception) -> Response:
    """The handler of every refusal."""
    assert isinstance(error, AzureError)  # narrows for the type checker
    return error.answer()
