"""kubectl's decoder: what `oc create` would read from a manifest."""

import json
import subprocess

MARK = "end-of-a-file"


def annotate(path, output):
    """The objects at `path`, a file or a folder, as kubectl gives them out, each annotated zz=1."""
    run = subprocess.run(["kubectl", "annotate", "--local", "-f", path, "zz=1", "-o", output],
                         capture_output=True, text=True, timeout=240)
    assert run.returncode == 0, run.stderr
    return run.stdout


def json_values(text):
    """The JSON values in a text that holds one after another, a newline between them."""
    decoder, at, text = json.JSONDecoder(), 0, text.rstrip()
    while at < len(text):
        value, at = decoder.raw_decode(text, at)
        yield value
        at += 1  # the newline between them


def decoded(text):
    """The objects in what annotate() gave as JSON, without the annotation that it cannot do without."""
    for obj in json_values(text):
        del obj["metadata"]["annotations"]["zz"]
        yield obj


def decoded_folder(folder):
    """{name of a file: its objects}, by one call for all of them. `List`s come as their items."""
    names = sorted(path.name for path in folder.glob("*.yaml"))
    for name in names:
        # Sorts behind NAME.yaml and tells where its objects end.
        marker = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": MARK}}
        (folder / name.replace(".yaml", ".z.json")).write_text(json.dumps(marker))
    files, objects = {}, []
    for obj in decoded(annotate(folder, "json")):
        if obj["metadata"].get("name") == MARK:
            files[names[len(files)]] = objects
            objects = []
        else:
            objects.append(obj)
    for path in folder.glob("*.z.json"):
        path.unlink()
    assert len(files) == len(names) and not objects
    return files
