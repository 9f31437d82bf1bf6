"""A large region stored without HTTP: the same bodies, handed to the services' own use cases.

Everything is decided, sealed, appended and linked by the code that does it behind the interfaces:
what is left out is the wire, signatures and the question who may. So only whoever holds an
installation's folder can do it, and only while its services do not run.
"""
