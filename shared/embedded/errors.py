"""Why an embedded server could not be run: in one sentence, for whoever typed the command."""


class EmbeddedError(Exception):
    """The server could not be started, stopped or used. The message says what to do about it."""


class NotAvailable(EmbeddedError):
    """No program to run was found on this machine, and no address of a running server was given."""
