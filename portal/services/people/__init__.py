"""Verbs of the people who sign in: patients, their passwords, codes and sessions."""
