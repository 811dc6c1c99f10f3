"""Verbs of the clinic: its plans, agreements and coupons."""
