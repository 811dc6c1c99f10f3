"""A patient's place on a plan: enrollment, signed agreement, membership, its events."""
