"""What tools are told of every operation alike (/api/openapi.json): the token, and what may be refused and how.

An operation declares only what it answers when all is well. Who refuses stands elsewhere: middleware, the token's
scopes, forms, a batch.
"""

from collections.abc import Iterator
from typing import Any

from ninja import NinjaAPI, Schema
from ninja.openapi.schema import OpenAPISchema

LOOKING = (400, 401, 403, 503)
CHANGING = (*LOOKING, 409, 413, 415, 429)
REFUSALS = {
    400: "not understood",
    401: "no token, a wrong one or one that has expired",
    403: "the token's scopes do not reach that far",
    404: "not there or not yours",
    409: "the batch is closed or was changed meanwhile, or your share is used up",
    413: "too much at once",
    415: "text in another encoding than UTF-8",
    429: "too often",
    503: "try again later",
}
HEADERS = {
    401: {"WWW-Authenticate": {"schema": {"const": "Bearer"}, "required": True}},
    429: {
        "Retry-After": {
            "schema": {"type": "integer", "minimum": 1},
            "required": True,
            "description": "in so many seconds",
        }
    },
}


class Problem(Schema):
    error: str


class DescribedAPI(NinjaAPI):
    def get_openapi_schema(self, **asked: Any) -> OpenAPISchema:
        described = super().get_openapi_schema(**asked)
        for path, methods in described["paths"].items():
            for method, operation in methods.items():
                refused = {status: {"$ref": f"#/components/responses/{status}"} for status in refusals(method, path)}
                operation["responses"].update(refused)
        described["components"]["schemas"]["Problem"] = Problem.json_schema()
        described["components"]["responses"] = {str(status): response(status) for status in REFUSALS}
        described["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        described["security"] = [{"token": []}]
        return described


def refusals(method: str, path: str) -> Iterator[int]:
    yield from LOOKING if method == "get" else CHANGING
    if "{" in path:
        yield 404


def response(status: int) -> dict[str, Any]:
    problem = {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": REFUSALS[status], "content": problem, "headers": HEADERS.get(status, {})}
