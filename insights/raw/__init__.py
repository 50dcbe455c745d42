"""Rows as they are stored: lists and exports."""
