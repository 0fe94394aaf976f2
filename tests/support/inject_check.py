"""Whether what `inject` made of decoded objects is what the model wants of it."""

import copy

from support import inject_model as model


def tidy(part):
    """Without what is null or empty where we add something: to Kubernetes it is as if it was not there,
    and kubectl itself does not keep them apart."""
    for holder in (part, model.holder_of(part)) if model.is_workload(part) else (part,):
        metadata = holder.get("metadata")
        if metadata and not metadata.get("annotations"):
            metadata.pop("annotations", None)
        if not metadata:
            holder.pop("metadata", None)
        spec = holder.get("spec")
        if spec and not spec.get("initContainers"):
            spec.pop("initContainers", None)
    return part


def check_file(name, old, new):
    """All differences between the objects of one file are those that the model wants."""
    want, warnings = model.injected(old)
    assert len(new) == len(old), name
    triples = list(zip(model.parts(old), model.parts(want), model.parts(copy.deepcopy(new)), strict=True))
    for original, wanted, actual in triples:
        if wanted == original:
            assert actual == original, name
            continue
        state = actual["metadata"]["annotations"].pop(model.STATE)
        assert state.startswith("0.1.0 "), name
        assert tidy(actual) == tidy(wanted), name
    outer = [[{k: v for k, v in obj.items() if k != "objects"} for obj in objects if "objects" in obj]
             for objects in (old, new)]
    assert outer[0] == outer[1], name
    return warnings
