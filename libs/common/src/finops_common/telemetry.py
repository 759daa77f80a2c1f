"""Logs as JSON, traces by OpenTelemetry, and the ids that tie them together."""

import logging
import sys
import traceback
import warnings
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from datetime import UTC, datetime
from http import HTTPStatus

import orjson
import structlog
from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_propagator = TraceContextTextMapPropagator()
_tracer = trace.get_tracer("finops")


def set_up(service: str, level: str, *, exports: bool = False) -> None:
    """Log JSON lines to standard error; export spans as OpenTelemetry's environment says."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _exception_without_values,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    # Libraries log at WARNING only: aiokafka and httpx name brokers and whole URLs below it.
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_LibraryLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    # RFC 9864 renames EdDSA to Ed25519; verifiers in the field know the old name.
    warnings.filterwarnings("ignore", message="EdDSA is deprecated")
    structlog.contextvars.bind_contextvars(service=service)
    provider = TracerProvider(resource=Resource.create({"service.name": f"finops-{service}"}))
    if exports:
        # A third of a second and protobuf: only for who exports.
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
            OTLPSpanExporter,
        )

        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)


def _exception_without_values(
    _logger: object, _method: str, event: MutableMapping[str, object]
) -> MutableMapping[str, object]:
    """Where it failed and with what type: messages of drivers quote row values (PRIV-7)."""
    given = event.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given
    if isinstance(error, BaseException):
        frames = traceback.extract_tb(error.__traceback__)
        event["exception"] = type(error).__name__
        event["frames"] = [
            f"{f.filename.rpartition('src/')[2]}:{f.lineno} {f.name}" for f in frames[-12:]
        ]
    return event


class _LibraryLines(logging.Formatter):
    """What libraries log, as JSON lines like ours: no message of an exception, no second line.

    asyncio and uvicorn put an exception's text or a task's repr there, and with it values.
    """

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "event": record.getMessage().partition("\n")[0],
            "level": record.levelname.lower(),
            "logger": record.name,
            "exc_info": record.exc_info[1] if record.exc_info else None,
        }
        line["timestamp"] = datetime.fromtimestamp(record.created, UTC).isoformat()
        return orjson.dumps(_exception_without_values(None, "", line)).decode()


@contextmanager
def continued_trace(name: str, traceparent: str | None) -> Iterator[str]:
    """A span named `name`, child of `traceparent`; yields the traceparent to hand on."""
    parent = _propagator.extract({"traceparent": traceparent} if traceparent else {})
    # A span would record the exception's message, which may quote values (PRIV-7).
    with _tracer.start_as_current_span(
        name, context=parent, record_exception=False, set_status_on_exception=False
    ) as span:
        try:
            yield current_traceparent() or ""
        except BaseException as error:
            span.set_status(trace.StatusCode.ERROR, type(error).__name__)
            raise


def tell_request(method: str, route: str, status: int) -> None:
    """Name the span we are in by what was asked, with OpenTelemetry's attributes of HTTP."""
    span = trace.get_current_span()
    span.update_name(f"{method} {route}")
    span.set_attributes({"http.request.method": method, "http.route": route})
    span.set_attribute("http.response.status_code", status)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        span.set_status(trace.StatusCode.ERROR)


def current_traceparent() -> str | None:
    """The W3C trace context of the span we are in."""
    carrier: dict[str, str] = {}
    _propagator.inject(carrier)
    return carrier.get("traceparent")
