"""Danlu: draw a network, hand over your logs, get a prediction API that improves every day."""
