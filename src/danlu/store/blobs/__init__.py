"""Blobs: files by the hash of what they hold; one file per place."""
