"""The clinic and what it offers: programme, plans, agreements, coupons."""
