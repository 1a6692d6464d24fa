"""One cluster's API: JSON in, JSON out, errors in words.

The ``kubernetes`` package finds and renews credentials (kubeconfig, exec plug-ins, a pod's own) and speaks
HTTP; paths are few and known, so nothing is discovered.  Field validation is always strict: a cluster
otherwise prunes a misspelt field without a word, and the job runs without its deadline.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from model.errors import ClinvalError

from .needed import require_libraries

FIELD_MANAGER = "clinval"
CONNECT_S, READ_S = 5.0, 30.0
BUSY = (429, 500, 502, 503, 504)
"""Worth another try."""
GONE, CONFLICT, NOT_FOUND, FORBIDDEN, UNAUTHORIZED = 410, 409, 404, 403, 401

_PLURALS = {
    "ConfigMap": "configmaps",
    "LimitRange": "limitranges",
    "LocalQueue": "localqueues",
    "Namespace": "namespaces",
    "NetworkPolicy": "networkpolicies",
    "PersistentVolumeClaim": "persistentvolumeclaims",
    "Pod": "pods",
    "Profile": "profiles",
    "RayJob": "rayjobs",
    "ResourceQuota": "resourcequotas",
    "Role": "roles",
    "RoleBinding": "rolebindings",
    "ServiceAccount": "serviceaccounts",
}
_OF_THE_CLUSTER = ("Namespace", "Profile")


class ApiError(ClinvalError):
    """What the API server said, or that it said nothing."""

    def __init__(self, status: int, message: str, context: str, next_step: str = "") -> None:
        self.status, self.message = status, message
        self.exit_code = 2 if 400 <= status < 500 and status not in (401, 408, CONFLICT, GONE, 429) else 3
        """What was asked for is refused (2), or it could not be asked (3)."""
        where = f"cluster {context}" if context else "the cluster"
        said = f"{status}: {message}" if status else message
        super().__init__(f"E-CLUSTER  {where}: {said}" + (f"; {next_step}" if next_step else ""))

    @property
    def is_passing(self) -> bool:
        """Whether another try may succeed."""
        return self.status == 0 or self.status in BUSY


class Cluster:
    """The API server of one context of the kubeconfig; of the pod's own cluster where there is none.

    Parameters
    ----------
    context
        A name in the kubeconfig; empty for its current one.
    api_client
        For tests: a ready ``kubernetes.client.ApiClient``.
    """

    def __init__(self, context: str = "", api_client: Any = None) -> None:
        require_libraries("kubernetes")
        from kubernetes.dynamic import DynamicClient

        self.context = context
        self._client = DynamicClient(api_client or _connect(context), discoverer=lambda *_: None)

    def create(self, obj: Mapping[str, Any]) -> dict[str, Any]:
        """The object as the server stored it, admission's changes included; :class:`ApiError` 409 if it is there."""
        return self._json("post", _path(obj), dict(obj), [*_STRICT, ("fieldManager", FIELD_MANAGER)])

    def apply(self, obj: Mapping[str, Any]) -> dict[str, Any]:
        """Server-side apply: made where it is not, brought back where it drifted, others' fields left alone."""
        path = f"{_path(obj)}/{obj['metadata']['name']}"
        query = [*_STRICT, ("fieldManager", FIELD_MANAGER), ("force", "true")]
        return self._json("patch", path, dict(obj), query, "application/apply-patch+yaml")

    def get(self, api: str, kind: str, namespace: str, name: str) -> dict[str, Any]:
        """One object; :class:`ApiError` 404 if it is not there."""
        return self._json("get", f"{_collection(api, kind, namespace)}/{name}")

    def list_all(self, api: str, kind: str, namespace: str = "", selector: str = "") -> list[dict[str, Any]]:
        """All of a kind, of one namespace or of all."""
        items: list[dict[str, Any]] = []
        token = ""
        while True:
            query = [("limit", "500")]
            query += [("labelSelector", selector)] if selector else []
            query += [("continue", token)] if token else []
            page = self._json("get", _collection(api, kind, namespace), query=query)
            items += page.get("items") or []
            token = page.get("metadata", {}).get("continue") or ""
            if not token:
                return items

    def delete(self, api: str, kind: str, namespace: str, name: str, uid: str = "") -> bool:
        """Whether there was anything to delete.  With ``uid``, only the very object: never its successor."""
        options: dict[str, Any] = {"propagationPolicy": "Background"}
        if uid:
            options["preconditions"] = {"uid": uid}
        try:
            self._json("delete", f"{_collection(api, kind, namespace)}/{name}", options)
        except ApiError as error:
            if error.status in (NOT_FOUND, CONFLICT):
                return False
            raise
        return True

    def serves(self, api: str, kind: str) -> bool:
        """Whether the cluster has this kind."""
        try:
            found = self._json("get", _group(api))
        except ApiError as error:
            if error.status == NOT_FOUND:
                return False
            raise
        return any(resource.get("kind") == kind for resource in found.get("resources") or [])

    def watch(
        self, api: str, kind: str, namespace: str, name: str, version: str, timeout_s: float
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        """Events of one object after ``version``: (ADDED | MODIFIED | DELETED, object); ends after ``timeout_s``.

        Raises
        ------
        ApiError
            410 where ``version`` is too old; 0 where the connection broke.
        """
        from kubernetes.watch import Watch

        query = [
            ("watch", "true"),
            ("fieldSelector", f"metadata.name={name}"),
            ("resourceVersion", version),
            ("timeoutSeconds", str(max(1, int(timeout_s)))),
        ]

        def open_stream(**_options: Any) -> Any:
            patience = (CONNECT_S, timeout_s + CONNECT_S)
            return self._client.request(
                "get", _collection(api, kind, namespace), query_params=query, serialize=False, _request_timeout=patience
            )

        with _in_words(self.context):
            for event in Watch().stream(open_stream, timeout_seconds=timeout_s):
                if event["type"] in ("ADDED", "MODIFIED", "DELETED"):
                    yield event["type"], event["object"]

    def _json(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        query: list[tuple[str, str]] | None = None,
        content_type: str = "application/json",
    ) -> dict[str, Any]:
        with _in_words(self.context):
            response = self._client.request(
                method,
                path,
                body=body,
                query_params=list(query or []),
                content_type=content_type,
                serialize=False,
                _request_timeout=(CONNECT_S, READ_S),
            )
            value = json.loads(response.data)
        return value if isinstance(value, dict) else {}


_STRICT = [("fieldValidation", "Strict")]


def _connect(context: str) -> Any:
    """Credentials of a context, or those that a pod has by itself."""
    from kubernetes import client, config
    from kubernetes.config.config_exception import ConfigException

    settings = client.Configuration()
    try:
        try:
            config.load_kube_config(context=context or None, client_configuration=settings)
        except ConfigException:
            if context:
                raise
            config.load_incluster_config(client_configuration=settings)
    except ConfigException as error:
        step = "`kubectl config get-contexts` lists those that there are"
        raise ApiError(400, str(error), context, step) from None
    settings.retries = False
    return client.ApiClient(settings)


@contextmanager
def _in_words(context: str) -> Iterator[None]:
    """Within, whatever the libraries raise becomes an :class:`ApiError`."""
    from kubernetes.client.rest import ApiException
    from urllib3.exceptions import HTTPError

    try:
        yield
    except ApiException as error:
        status = int(error.status or 0)
        raise ApiError(status, _message(error), context, _STEPS.get(status, "")) from None
    except json.JSONDecodeError:
        raise ApiError(0, "an answer that is cut off", context) from None
    except (HTTPError, OSError) as error:
        raise ApiError(0, f"no answer ({type(error).__name__})", context, "is it up, and the network?") from None


_STEPS = {
    UNAUTHORIZED: "log in again",
    FORBIDDEN: "ask the cluster's administrators; for jobs, to be a member of the project: "
    "`clinval project create NAME --member GROUP`",
}


def _message(error: Any) -> str:
    """The sentence of a Status object, or what there is."""
    try:
        return str(json.loads(error.body)["message"])
    except (TypeError, ValueError, KeyError):
        return str(error.reason or "no reason given")


def _group(api: str) -> str:
    return f"/apis/{api}" if "/" in api else f"/api/{api}"


def _collection(api: str, kind: str, namespace: str = "") -> str:
    inside = f"/namespaces/{namespace}" if namespace and kind not in _OF_THE_CLUSTER else ""
    return f"{_group(api)}{inside}/{_PLURALS[kind]}"


def _path(obj: Mapping[str, Any]) -> str:
    return _collection(obj["apiVersion"], obj["kind"], obj["metadata"].get("namespace", ""))
