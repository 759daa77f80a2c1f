"""One seeded model of a customer's AWS organization, its bills and its books.

It shares no code with the product: what it says a month cost is what the product is
compared with.
"""

from finops_sandbox.world.model import World
from finops_sandbox.world.scenario import build_world
from finops_sandbox.world.settlement import Revision, revisions, settle

__all__ = ["Revision", "World", "build_world", "revisions", "settle"]
