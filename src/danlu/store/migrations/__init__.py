"""Migrations: every revision the database ever had; none is ever deleted."""
