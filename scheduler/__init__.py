"""The process that renews, asks again, repairs and sends letters."""
