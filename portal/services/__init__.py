"""The verbs: load, decide by the rules, change the rows, say it in a letter."""
