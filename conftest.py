"""What every test folder has: databases to run on, chosen with --database=sqlite|postgres|both."""

pytest_plugins = ["tests.databases"]
