"""The membership portal: what patients of aesthetic clinics see, and the rules, rows and verbs behind it."""
