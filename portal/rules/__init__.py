"""Pure decisions about money, dates and statuses: values in, values out."""
