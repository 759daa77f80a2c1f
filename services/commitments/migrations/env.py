from finops_commitments.alerts import tables as alerts
from finops_commitments.detachments import tables as detachments
from finops_commitments.entered import tables as entered
from finops_commitments.findings import tables as findings
from finops_commitments.inventory import tables as inventory
from finops_commitments.offers import tables as offers
from finops_commitments.revisions import tables as revisions
from finops_commitments.tables import metadata
from finops_common.db.migrations import run_env

TABLES = (revisions, inventory, offers, findings, alerts, detachments, entered)

run_env(metadata)
