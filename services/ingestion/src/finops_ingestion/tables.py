"""The metadata that all features' tables join; Alembic reads it."""

from sqlalchemy import MetaData

metadata = MetaData()
