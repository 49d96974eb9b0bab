"""JSON Schemas of what a SCIM client sends, written from RFC 7643 (sections 4.1, 4.3, 8.7) and RFC 7644 (3.5.2, 3.7).

Stricter than the RFC where a client should be: no attribute that only a server sets, none that is not listed, none
that is empty, one primary item at most.
"""

from __future__ import annotations

CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
WORD = {"type": "string", "minLength": 1}


def of(required: list[str] = [], **properties: object) -> dict[str, object]:  # noqa: B006 - never changed
    """Return the schema of an object with these attributes and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
        "minProperties": 1,
    }


def several(types: list[str], **value: object) -> dict[str, object]:
    """Return the schema of a multi-valued attribute with canonical types."""
    item = of(["type"], **value, display=WORD, type={"enum": types}, primary={"type": "boolean"})
    one_primary = {"contains": {"properties": {"primary": {"const": True}}, "required": ["primary"]}}
    return {"type": "array", "minItems": 1, "items": item, **one_primary, "minContains": 0, "maxContains": 1}


USER = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    **of(
        ["schemas", "userName"],
        schemas={
            "type": "array",
            "items": {"enum": [CORE, ENTERPRISE]},
            "contains": {"const": CORE},
            "uniqueItems": True,
        },
        externalId=WORD,
        userName=WORD,
        name=of(
            [],
            **dict.fromkeys(
                ("formatted", "familyName", "givenName", "middleName", "honorificPrefix", "honorificSuffix"), WORD
            ),
        ),
        displayName=WORD,
        nickName=WORD,
        profileUrl={"type": "string", "format": "uri"},
        title=WORD,
        userType=WORD,
        preferredLanguage={"type": "string", "pattern": "^[a-z]{2,3}(-[A-Za-z0-9]+)*$"},
        locale={"type": "string", "pattern": "^[a-z]{2,3}(-[A-Za-z0-9]+)*$"},
        timezone={"type": "string", "pattern": "^[A-Za-z_+-]+(/[A-Za-z0-9_+-]+)*$"},
        active={"type": "boolean"},
        emails=several(["work", "home", "other"], value={"type": "string", "pattern": "^[^@\\s]+@[^@\\s]+$"}),
        phoneNumbers=several(["work", "home", "mobile", "fax", "pager", "other"], value=WORD),
        addresses=several(
            ["work", "home", "other"],
            **dict.fromkeys(("formatted", "streetAddress", "locality", "region", "postalCode"), WORD),
            country={"type": "string", "pattern": "^[A-Z]{2}$"},
        ),
        **{
            ENTERPRISE: of(
                [],
                **dict.fromkeys(("employeeNumber", "costCenter", "organization", "division", "department"), WORD),
                manager=of(["value"], value=WORD, **{"$ref": {"type": "string"}}),
            )
        },
    ),
    "if": {"required": [ENTERPRISE]},
    "then": {"properties": {"schemas": {"contains": {"const": ENTERPRISE}}}},
    "else": {"properties": {"schemas": {"maxItems": 1}}},
}

PATCH = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    **of(
        ["schemas", "Operations"],
        schemas={"const": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]},
        Operations={
            "type": "array",
            "minItems": 1,
            "items": of(["op", "path", "value"], op={"enum": ["add", "replace", "remove"]}, path=WORD, value={}),
        },
    ),
}

BULK = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    **of(
        ["schemas", "Operations"],
        schemas={"const": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"]},
        failOnErrors={"type": "integer", "minimum": 1},
        Operations={
            "type": "array",
            "minItems": 1,
            "items": of(
                ["method", "path", "bulkId", "data"],
                method={"const": "POST"},
                path={"const": "/Users"},
                bulkId=WORD,
                data={name: part for name, part in USER.items() if name != "$schema"},
            ),
        },
    ),
}
