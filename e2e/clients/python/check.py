"""Tries the Python client against the API of $KUBECONFIG, and prints a line for each thing that holds."""

import time

from kubernetes import client, config, dynamic, watch
from kubernetes.client.rest import ApiException
from kubernetes.dynamic.exceptions import ConflictError
from kubernetes.stream import stream

NAMESPACE = "python-client"
config.load_kube_config()
core = client.CoreV1Api()


def until(what, condition):
    """Waits for the condition, at most 30 s."""
    deadline = time.monotonic() + 30
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited in vain for {what}")
        time.sleep(0.02)


def config_map(name, data=None):
    return client.V1ConfigMap(metadata=client.V1ObjectMeta(name=name), data=data)


def list_and_watch():
    for name in ("a", "b"):
        core.create_namespaced_config_map(NAMESPACE, config_map(name))
    page = core.list_namespaced_config_map(NAMESPACE, limit=1)
    assert page.metadata._continue, "no second page"
    version = core.list_namespaced_config_map(NAMESPACE).metadata.resource_version
    core.patch_namespaced_config_map("a", NAMESPACE, {"data": {"k": "v"}})
    core.delete_namespaced_config_map("b", NAMESPACE)
    seen = []
    events = watch.Watch().stream(
        core.list_namespaced_config_map, NAMESPACE, resource_version=version, timeout_seconds=20
    )
    for event in events:
        seen.append((event["type"], event["object"].metadata.name))
        if len(seen) == 2:
            break
    assert seen == [("MODIFIED", "a"), ("DELETED", "b")], seen
    try:
        core.create_namespaced_config_map(NAMESPACE, config_map("Not_A_Name"))
        raise AssertionError("a bad name was accepted")
    except ApiException as error:
        assert error.status == 422, error


def dynamic_client():
    definition = {
        "metadata": {"name": "cars.python.example.org"},
        "spec": {
            "group": "python.example.org",
            "scope": "Namespaced",
            "names": {"kind": "Car", "plural": "cars"},
            "versions": [
                {
                    "name": "v1",
                    "served": True,
                    "storage": True,
                    "schema": {
                        "openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
                    },
                }
            ],
        },
    }
    client.ApiextensionsV1Api().create_custom_resource_definition(definition)

    def served():
        kinds = dynamic.DynamicClient(client.ApiClient()).resources.search(kind="Car")
        return kinds and kinds[0]

    cars = until("cars", served)
    body = {"apiVersion": "python.example.org/v1", "kind": "Car", "metadata": {"name": "mini"}, "doors": 3}
    cars.create(body=body, namespace=NAMESPACE)
    assert cars.get(name="mini", namespace=NAMESPACE).doors == 3
    cars.patch(body={"doors": 5}, name="mini", namespace=NAMESPACE, content_type="application/merge-patch+json")
    assert [car.doors for car in cars.get(namespace=NAMESPACE).items] == [5]


def server_side_apply():
    maps = dynamic.DynamicClient(client.ApiClient()).resources.get(api_version="v1", kind="ConfigMap")

    def apply(value, manager, **more):
        body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "applied"}, "data": {"k": value}}
        return maps.server_side_apply(
            body=body, name="applied", namespace=NAMESPACE, field_manager=manager, **more
        )

    apply("1", "one")
    try:
        apply("2", "two")
        raise AssertionError("no conflict")
    except ConflictError as error:
        assert 'conflict with \\"one\\"' in str(error.body), error.body
    assert apply("2", "two", force_conflicts=True).data.k == "2"


def make_pod(name):
    container = client.V1Container(name="main", image="host", command=["sleep", "600"])
    spec = client.V1PodSpec(containers=[container], termination_grace_period_seconds=1)
    labels = {"app": "python"}
    core.create_namespaced_pod(
        NAMESPACE, client.V1Pod(metadata=client.V1ObjectMeta(name=name, labels=labels), spec=spec)
    )

    def ready():
        conditions = core.read_namespaced_pod(name, NAMESPACE).status.conditions or []
        return any(each.type == "Ready" and each.status == "True" for each in conditions)

    until(f"pod {name}", ready)


def exec_stream():
    make_pod("pod")
    command = ["sh", "-c", "read line; echo got $line; echo problem >&2; exit 3"]
    session = stream(
        core.connect_get_namespaced_pod_exec,
        "pod",
        NAMESPACE,
        command=command,
        stdin=True,
        stdout=True,
        stderr=True,
        tty=False,
        _preload_content=False,
    )
    session.write_stdin("in\n")
    out, err = "", ""
    while session.is_open():
        session.update(timeout=5)
        out += session.read_stdout() if session.peek_stdout() else ""
        err += session.read_stderr() if session.peek_stderr() else ""
    out += session.read_stdout() if session.peek_stdout() else ""
    err += session.read_stderr() if session.peek_stderr() else ""
    assert (out, err, session.returncode) == ("got in\n", "problem\n", 3), (out, err, session.returncode)


def evict(name):
    eviction = client.V1Eviction(metadata=client.V1ObjectMeta(name=name, namespace=NAMESPACE))
    core.create_namespaced_pod_eviction(name, NAMESPACE, eviction)


def eviction():
    selector = client.V1LabelSelector(match_labels={"app": "python"})
    budget = client.V1PodDisruptionBudget(
        metadata=client.V1ObjectMeta(name="budget"),
        spec=client.V1PodDisruptionBudgetSpec(min_available=1, selector=selector),
    )
    policy = client.PolicyV1Api()
    policy.create_namespaced_pod_disruption_budget(NAMESPACE, budget)
    until(
        "the budget",
        lambda: (policy.read_namespaced_pod_disruption_budget("budget", NAMESPACE).status.observed_generation or 0) > 0,
    )
    try:
        evict("pod")
        raise AssertionError("the budget did not hold")
    except ApiException as error:
        assert error.status == 429, error
        assert "Cannot evict pod as it would violate the pod's disruption budget" in error.body, error.body
    policy.delete_namespaced_pod_disruption_budget("budget", NAMESPACE)
    evict("pod")

    def gone():
        try:
            core.read_namespaced_pod("pod", NAMESPACE)
        except ApiException as error:
            return error.status == 404

    until("the end of the pod", gone)


core.create_namespace(client.V1Namespace(metadata=client.V1ObjectMeta(name=NAMESPACE)))
for step in (list_and_watch, dynamic_client, server_side_apply, exec_stream, eviction):
    step()
    print("ok", step.__name__.replace("_", " "), flush=True)
