"""The OpenAPI document of a service: the framework's, with problems as what they are sent as."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from shared.web.problems import MEDIA_TYPE


def openapi_of(app: FastAPI) -> dict[str, Any]:
    """The document, made once.

    The framework knows one media type for all answers of a route. A client that was generated from
    that would not read our problems, for they are `application/problem+json`.
    """
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title,
            version=app.version,
            openapi_version=app.openapi_version,
            routes=app.routes,
        )
        for path in document["paths"].values():
            for operation in path.values():
                for status in ("4XX", "5XX"):
                    content = operation["responses"][status]["content"]
                    content[MEDIA_TYPE] = content.pop("application/json")
        app.openapi_schema = document
    return app.openapi_schema
