"""What every HTTP edge shares: problems, limits, idempotency, start-up."""
