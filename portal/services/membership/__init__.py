"""Verbs of a membership's life: enrollment, status, cancel."""
