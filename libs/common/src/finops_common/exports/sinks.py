"""Where writers that want a file write to: what was written since is taken away again."""


class Sink:
    """A file that cannot be sought in."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0
        self.closed = False

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        self._size += len(data)
        return len(data)

    def tell(self) -> int:
        return self._size

    def flush(self) -> None: ...

    def close(self) -> None:
        self.closed = True

    def take(self) -> bytes:
        """What was written since this was asked last."""
        data = b"".join(self._parts)
        self._parts.clear()
        return data
