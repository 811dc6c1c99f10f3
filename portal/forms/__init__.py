"""What a patient types, checked with a sentence beside each field; one file a routes file."""
