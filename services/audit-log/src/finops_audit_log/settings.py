"""What audit-log reads from its environment: no more than every service reads."""

from finops_common.settings import ServiceSettings


class Settings(ServiceSettings, frozen=True):
    """`AUDIT_LOG_*`."""
