"""What AWS refuses with: a code, a status and a message, rendered per protocol later."""


class AwsError(Exception):
    """One refusal; `code` is spelled as the service would."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


# How each protocol names the same refusal.
_SPELLINGS: dict[str, dict[str, tuple[str, int]]] = {
    "denied": {
        "query": ("AccessDenied", 403),
        "ec2": ("UnauthorizedOperation", 403),
        "json": ("AccessDeniedException", 400),
        "rest-json": ("AccessDeniedException", 403),
        "rest-xml": ("AccessDenied", 403),
    },
    "unknown-key": {
        "query": ("InvalidClientTokenId", 403),
        "ec2": ("AuthFailure", 401),
        "json": ("UnrecognizedClientException", 400),
        "rest-json": ("UnrecognizedClientException", 403),
        "rest-xml": ("InvalidAccessKeyId", 403),
    },
    "expired": {
        "query": ("ExpiredToken", 403),
        "ec2": ("RequestExpired", 400),
        "json": ("ExpiredTokenException", 400),
        "rest-json": ("ExpiredTokenException", 403),
        "rest-xml": ("ExpiredToken", 400),
    },
    "signature": {
        "query": ("SignatureDoesNotMatch", 403),
        "ec2": ("AuthFailure", 401),
        "json": ("InvalidSignatureException", 400),
        "rest-json": ("InvalidSignatureException", 403),
        "rest-xml": ("SignatureDoesNotMatch", 403),
    },
    "throttle": {
        "query": ("Throttling", 400),
        "ec2": ("RequestLimitExceeded", 503),
        "json": ("ThrottlingException", 400),
        "rest-json": ("ThrottlingException", 429),
        "rest-xml": ("SlowDown", 503),
    },
    "internal": {
        "query": ("InternalFailure", 500),
        "ec2": ("InternalError", 500),
        "json": ("InternalServerError", 500),
        "rest-json": ("InternalServerException", 500),
        "rest-xml": ("InternalError", 500),
    },
}


def refusal(kind: str, protocol: str, message: str) -> AwsError:
    """The error as the protocol's services spell it; `kind` is a key of the table above."""
    code, status = _SPELLINGS[kind][protocol]
    return AwsError(code, message, status)
