"""HTTP of pictures, and how they are drawn beside other work."""

from typing import Any

from anyio import CapacityLimiter, to_thread
from fastapi import Response

from finops_common.i18n import Language
from finops_common.pictures.domain import Format, Picture

_TYPES: dict[Format, str] = {"svg": "image/svg+xml", "png": "image/png"}
ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The picture, 800 wide; as PNG with twice as many pixels",
        "content": {
            _TYPES["svg"]: {"schema": {"type": "string"}},
            _TYPES["png"]: {"schema": {"type": "string", "format": "binary"}},
        },
    },
}


class Drawers:
    """Threads that draw: one picture at a time in a process."""

    def __init__(self) -> None:
        self._one = CapacityLimiter(1)

    async def draw(self, picture: Picture, form: Format) -> bytes:
        """The picture as a file."""

        def drawn() -> bytes:
            # What draws is large: a process that is never asked for a picture does without.
            from finops_common.pictures.drawing import draw  # noqa: PLC0415

            return draw(picture, form)

        return await to_thread.run_sync(drawn, limiter=self._one)


def picture_response(content: bytes, form: Format, language: Language) -> Response:
    """A drawn picture whose words are in a language."""
    headers = {
        "Content-Language": language,
        # Opened by itself, an SVG is a document that could run scripts.
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    }
    return Response(content, media_type=_TYPES[form], headers=headers)
