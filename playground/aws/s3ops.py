"""Which S3 operation a request is, told from method, path and query; pure."""

from typing import Any
from urllib.parse import parse_qsl, unquote

_OBJECT = {"GET": "GetObject", "HEAD": "HeadObject", "PUT": "PutObject", "DELETE": "DeleteObject", "POST": "PostObject"}
_BUCKET = {"GET": "ListObjects", "HEAD": "HeadBucket", "PUT": "CreateBucket", "DELETE": "DeleteBucket"}
_SUBRESOURCES = {
    ("GET", "location"): "GetBucketLocation",
    ("GET", "policy"): "GetBucketPolicy",
    ("GET", "encryption"): "GetBucketEncryption",
    ("GET", "versioning"): "GetBucketVersioning",
    ("GET", "list-type"): "ListObjectsV2",
    ("POST", "delete"): "DeleteObjects",
    ("POST", "uploads"): "CreateMultipartUpload",
    ("PUT", "partNumber"): "UploadPart",
    ("POST", "uploadId"): "CompleteMultipartUpload",
    ("DELETE", "uploadId"): "AbortMultipartUpload",
    ("GET", "attributes"): "GetObjectAttributes",
    ("GET", "tagging"): "GetTagging",
    ("PUT", "tagging"): "PutTagging",
}


def operation_of(method: str, path: str, query: str) -> tuple[str, dict[str, Any]]:
    """Name the operation and its bucket and key (path style, as boto3 speaks to a loopback address)."""
    bucket, _, key = unquote(path).lstrip("/").partition("/")
    fields = dict(parse_qsl(query, keep_blank_values=True))
    params: dict[str, Any] = {"Bucket": bucket, **({"Key": key} if key else {})}
    params |= {name.title(): value for name, value in fields.items() if name in {"prefix", "delimiter"}}
    for (verb, word), operation in _SUBRESOURCES.items():
        if verb == method and word in fields:
            return operation, params
    if not bucket:
        return "ListBuckets", {}
    return (_OBJECT if key else _BUCKET).get(method, method), params
