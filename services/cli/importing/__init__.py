"""Bulk import: files of reports, returns, interviews and statuses, sent to the services by row.

A row becomes one request, the same that a system would send: the same model checks it here, the
same use case decides it there, and its idempotency key is made from what it says, so that sending
it again changes nothing. Nothing is kept here between two imports (ADR 18).
"""
