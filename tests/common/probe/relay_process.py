"""A relay as a process of its own, to be killed: DATABASE_URL BROKERS PREFIX."""

import asyncio
import sys

from finops_common.clock import utc_now
from finops_common.events.relay import Relay

if __name__ == "__main__":
    database_url, brokers, prefix = sys.argv[1:4]
    asyncio.run(Relay(database_url, brokers, prefix, utc_now).run())
