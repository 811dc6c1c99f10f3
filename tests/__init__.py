"""The tests: rules, services, routes, stories over months, and the architecture itself."""
