"""Triggers: what lets a loop run; one file each."""
