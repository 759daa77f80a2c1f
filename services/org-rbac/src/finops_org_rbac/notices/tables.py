"""Notices, whom each reached, what people chose, and the mails that tell them."""

from sqlalchemy import Boolean, Column, DateTime, Index, Integer, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from finops_org_rbac.tables import metadata

INSTANT = DateTime(timezone=True)

notices = Table(
    "notices",
    metadata,
    Column("organization_id", Uuid, primary_key=True),
    # Its publisher's id: a tenant's key stands before it, so that none can take another's.
    Column("id", Uuid, primary_key=True),
    Column("company_id", Uuid, nullable=False),
    Column("category", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("facts", JSONB, nullable=False),
    Column("link", Text, nullable=False),
    Column("raised_at", INSTANT, nullable=False),
    Column("acknowledged_by", Uuid),
    Column("acknowledged_at", INSTANT),
)

recipients = Table(
    "notice_recipients",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    # Of the notice for this person; also the id of its mail when that goes out alone.
    Column("id", Uuid, primary_key=True),
    Column("organization_id", Uuid, nullable=False),
    Column("notice_id", Uuid, nullable=False),
    Column("company_id", Uuid, nullable=False),
    Column("raised_at", INSTANT, nullable=False),
    Column("shown", Boolean, nullable=False),
    Column("read_at", INSTANT),
    Column("mail_id", Uuid),
)
Index(
    "notice_recipients_inbox",
    recipients.c.user_id,
    recipients.c.raised_at,
    recipients.c.id,
    postgresql_where=recipients.c.shown,
)
Index(
    "notice_recipients_notice",
    recipients.c.organization_id,
    recipients.c.notice_id,
    recipients.c.user_id,
    unique=True,
)
Index(
    "notice_recipients_mail",
    recipients.c.mail_id,
    postgresql_where=recipients.c.mail_id.is_not(None),
)

preferences = Table(
    "notice_preferences",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("category", Text, primary_key=True),
    Column("inbox", Boolean, nullable=False),
    Column("mails", Text, nullable=False),
    Column("version", Integer, nullable=False),
)

mutes = Table(
    "notice_mutes",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("organization_id", Uuid, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("about", Text, primary_key=True),
    Column("company_id", Uuid, nullable=False),
    Column("muted_at", INSTANT, nullable=False),
    # None is until it is unmuted.
    Column("muted_until", INSTANT),
)

mails = Table(
    "notice_mails",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    # Its job's id and Message-ID too.
    Column("id", Uuid, primary_key=True),
    Column("company_id", Uuid, nullable=False),
    Column("digest", Boolean, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("reason", Text),
    Column("changed_at", INSTANT, nullable=False),
)
Index(
    "notice_mails_failing",
    mails.c.company_id,
    mails.c.changed_at,
    postgresql_where=mails.c.reason.is_not(None),
)
