"""Journeys of patients through the portal in a real browser, by role and label."""
