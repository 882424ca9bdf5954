"""Store: what Danlu remembers; frozen records in one database, files in one folder."""
