from finops_common.db.migrations import run_env
from finops_org_rbac.channels import tables as channels
from finops_org_rbac.companies import tables as companies
from finops_org_rbac.invitations import tables as invitations
from finops_org_rbac.members import tables as members
from finops_org_rbac.notices import tables as notices
from finops_org_rbac.organizations import tables as organizations
from finops_org_rbac.people import tables as people
from finops_org_rbac.subscriptions import tables as subscriptions
from finops_org_rbac.tables import metadata

TABLES = (companies, organizations, members, invitations, people, subscriptions, notices, channels)

run_env(metadata)
