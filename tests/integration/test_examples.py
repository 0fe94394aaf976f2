"""What examples/ shows works: each is run as its README says, or as nearly as that goes without a cluster.

Where a real tool is missing (helm, docker, git push, a cluster's kubectl and oc), the scripts of the
example run with stand-ins that note how they were called; meshctl and make are always the real ones.
"""
import re
import shlex
import shutil
import subprocess

import pytest
import yaml

from support.callers_note import without_callers_note
from support.meshctl import binary, environment
from support.workplace import EXAMPLES, Workplace, objects, succeeded

MANIFESTS = EXAMPLES / "make/deploy"


@pytest.fixture
def workplace(tmp_path):
    return lambda example: Workplace(tmp_path, example)


def containers(workload):
    return {each["name"]: each for each in workload["spec"]["template"]["spec"]["containers"]}


def documents(path):
    return [each for each in yaml.safe_load_all((EXAMPLES / path).read_text()) if each]


def shown_in_readme(place, before):
    """The lines of the block that the README shows after the words `before`."""
    block = re.search(re.escape(before) + r"\n\n((?:    .*\n)+)", place.read("README.md")).group(1)
    return [line.strip() for line in block.splitlines()]


# --- every example --------------------------------------------------------------------------------

def test_every_example_has_a_short_readme_that_names_its_files_and_no_others():
    folders = sorted(path for path in EXAMPLES.iterdir() if path.is_dir() and path.name != "article")
    assert [path.name for path in folders] == [
        "ci-gate", "dashboard", "github-actions", "gitlab-ci", "helm-post-renderer", "krm-function", "kustomize", "make",
        "observability", "openshift-pipeline", "tekton"]
    for folder in folders:
        text = (folder / "README.md").read_text()
        assert text.count("\n") < 60, folder
        for row in re.findall(r"^\| `([^`]+)` \|", text, re.M):
            assert list(folder.glob(row.rstrip("/"))), f"{folder.name}: there is no {row}"
        listed = re.findall(r"^\| `([^`*/]+)[`*/]", text, re.M)
        for path in folder.iterdir():
            assert path.name == "README.md" or path.name in listed, f"{folder.name} does not list {path.name}"


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*/README.md")), ids=lambda path: path.parent.name)
def test_the_options_in_the_readmes_exist(path):
    offered = subprocess.run([binary(), "inject", "--help"], capture_output=True, text=True, timeout=20,
                             env=environment()).stdout
    commands = re.findall(r"meshctl (?:un)?inject([^|`\n]*)", path.read_text())
    for option in {word for line in commands for word in re.findall(r"(?<=\s)--?[a-zA-Z][\w-]*", line)}:
        assert re.search(rf"(?<![\w-]){option}\b", offered), f"{path.parent.name}: {option}"


def test_all_yaml_of_the_examples_is_read_by_two_decoders(tmp_path):
    """But the article's, which is wrong on purpose."""
    files = [path for pattern in ("*.yml", "*.yaml", ".*.yml", "Kptfile", "base/*.yaml", "deploy/*.yml")
             for path in EXAMPLES.glob(f"*/{pattern}") if path.parent.name != "article"]
    assert len(files) > 15
    for path in files:
        read = list(yaml.safe_load_all(path.read_text()))
        if all(each and "kind" in each and "metadata" in each for each in read):
            assert len(objects(path.read_text(), tmp_path)) == len(read), path


# --- helm-post-renderer ---------------------------------------------------------------------------

def test_helm_post_renderer(workplace, tmp_path):
    place = workplace("helm-post-renderer")
    rendered = place.read("rendered.yaml")
    done = succeeded(place.run("./inject.sh", stdin=rendered))
    shown = shown_in_readme(place, "after a note on what the applications see of their callers:")
    assert without_callers_note(done.stderr).splitlines() == shown

    before, after = objects(rendered, tmp_path), objects(done.stdout, tmp_path)
    assert list(before) == list(after)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"Deployment/shop-web", "StatefulSet/shop-cart", "Service/shop-cart"}
    assert list(containers(after["Deployment/shop-web"])) == ["web", "telemetry"]
    assert list(containers(after["StatefulSet/shop-cart"])) == ["cart", "telemetry"]
    assert after["Service/shop-cart"]["spec"]["ports"][0]["targetPort"] == 14001
    for line in rendered.splitlines():
        if "#" in line:
            assert line in done.stdout.splitlines()
    assert succeeded(place.run("meshctl", "uninject", stdin=done.stdout)).stdout == rendered


def test_helm_post_renderer_takes_options_and_passes_failure_on(workplace):
    place = workplace("helm-post-renderer")
    done = succeeded(place.run("./inject.sh", "--image=registry.example.com/meshctl:0.1.0",
                               stdin=place.read("rendered.yaml")))
    assert done.stdout.count("image: registry.example.com/meshctl:0.1.0") == 2
    broken = place.read("rendered.yaml").replace("      containers:\n", "      containers: *x\n")
    refused = place.run("./inject.sh", stdin=broken)
    assert (refused.returncode, refused.stdout) == (1, "")


def test_helm_post_renderer_lets_a_stream_without_pods_pass(workplace):
    place = workplace("helm-post-renderer")
    crd = place.read("rendered.yaml").split("---\n# Source: shop/templates")[0]
    done = succeeded(place.run("./inject.sh", stdin=crd))
    assert done.stdout == crd
    assert done.stderr == ("meshctl: warning: there is nothing to inject; no document is a Pod, Deployment or "
                           "other workload\n")


def test_the_helm_plugin_names_its_script():
    plugin = documents("helm-post-renderer/plugin.yaml")[0]
    assert (plugin["apiVersion"], plugin["type"], plugin["runtime"]) == ("v1", "postrenderer/v1", "subprocess")
    command = plugin["runtimeConfig"]["platformCommand"][0]["command"]
    script = EXAMPLES / "helm-post-renderer" / command.replace("${HELM_PLUGIN_DIR}/", "")
    assert script.stat().st_mode & 0o111
    assert f"--post-renderer {plugin['name']}\n" in (EXAMPLES / "helm-post-renderer/README.md").read_text()


# --- kustomize ------------------------------------------------------------------------------------

def test_the_kustomize_plugin_as_kustomize_calls_it(workplace, tmp_path):
    place = workplace("kustomize")
    transformer = documents("kustomize/inject.yaml")[0]
    kind = transformer["kind"]
    plugin = place.folder / "plugin" / transformer["apiVersion"] / kind.lower() / kind
    done = succeeded(place.run(plugin, tmp_path / "plugin-config-1", *shlex.split(transformer["argsOneLiner"]),
                               stdin=place.read("base/web.yaml")))
    telemetry = containers(objects(done.stdout, tmp_path)["Deployment/web"])["telemetry"]
    assert telemetry["image"] == "registry.example.com/meshctl:0.1.0"


def test_kustomize_transformer(workplace, tmp_path):
    version = subprocess.run(["kubectl", "version", "--client"], capture_output=True, text=True, timeout=60)
    minor = re.search(r"v1\.(\d+)", version.stdout).group(1)
    if int(minor) <= 20:
        pytest.skip(f"kubectl is 1.{minor}, whose kustomize does not run this example")
    place = workplace("kustomize")
    done = succeeded(place.run("kubectl", "kustomize", "--enable-alpha-plugins", ".",
                               KUSTOMIZE_PLUGIN_HOME=str(place.folder / "plugin")))
    found = objects(done.stdout, tmp_path)
    assert set(found) == {"Deployment/staging-web", "Service/staging-web"}
    pod = containers(found["Deployment/staging-web"])
    assert list(pod) == ["web", "telemetry"]
    assert pod["telemetry"]["image"] == "registry.example.com/meshctl:0.1.0"
    assert pod["telemetry"]["resources"]["limits"]["memory"] == "96Mi"
    assert found["Service/staging-web"]["spec"]["ports"] == [{"port": 80, "targetPort": 14001}]


# --- krm-function ---------------------------------------------------------------------------------

def test_krm_function(workplace):
    place = workplace("krm-function")
    before = place.read("resources.yaml")
    mutator, = documents("krm-function/Kptfile")[0]["pipeline"]["mutators"]
    done = succeeded(place.run(*shlex.split(mutator["exec"]), stdin=before))
    old, new = yaml.safe_load(before), yaml.safe_load(done.stdout)
    assert old["functionConfig"]["data"] == mutator["configMap"]
    assert done.stdout.startswith(before[:before.index("items:")])
    assert {key: new[key] for key in new if key != "items"} == {key: old[key] for key in old if key != "items"}
    web, service, config = new["items"]
    assert list(containers(web)) == ["web", "telemetry"]
    assert "*:14001=8080" in containers(web)["telemetry"]["args"]
    assert containers(web)["telemetry"]["image"] == mutator["configMap"]["image"]
    assert service["spec"]["ports"][0]["targetPort"] == 14001
    assert config == old["items"][2]
    for item, original in zip(new["items"], old["items"]):
        assert original["metadata"]["annotations"].items() <= item["metadata"]["annotations"].items()
    assert succeeded(place.run("meshctl", "uninject", stdin=done.stdout)).stdout == before


def test_a_krm_function_configured_by_an_object_of_its_own(workplace):
    """As kustomize does it: the transformer's configuration is the functionConfig."""
    place = workplace("krm-function")
    shown = re.search(r"and the settings:\n\n((?:    .*\n)+)", place.read("README.md")).group(1)
    transformer = yaml.safe_load(shown)
    resources = yaml.safe_load(place.read("resources.yaml"))
    done = succeeded(place.run("meshctl", "inject", stdin=yaml.safe_dump({**resources, "functionConfig": transformer})))
    new = yaml.safe_load(done.stdout)
    assert new["functionConfig"] == transformer
    assert f"*:14001={transformer['spec']['upstream']}" in containers(new["items"][0])["telemetry"]["args"]


# --- make -----------------------------------------------------------------------------------------

def test_make_injects_only_what_has_changed(workplace):
    place = workplace("make")
    first = succeeded(place.run("make"))
    assert {path.name for path in (place.folder / "build").iterdir()} == {"web.yml", "cart.yml", "config.yml"}
    assert first.stdout.count("meshctl inject") == 3
    for name in ("web", "cart", "config"):
        built = place.read(f"build/{name}.yml")
        assert ("name: telemetry" in built) == (name != "config")
        assert succeeded(place.run("meshctl", "uninject", stdin=built)).stdout == place.read(f"deploy/{name}.yml")
    assert "targetPort: 14001" in place.read("build/web.yml")

    assert "meshctl" not in succeeded(place.run("make")).stdout
    source = place.folder / "deploy/web.yml"
    source.write_text(source.read_text().replace("replicas: 2", "replicas: 3"))
    again = succeeded(place.run("make"))
    assert re.findall(r"inject .* (\S+)$", again.stdout, re.M) == ["deploy/web.yml"]
    assert "replicas: 3" in place.read("build/web.yml")

    succeeded(place.run("make", "clean"))
    assert not (place.folder / "build").exists()


def test_make_stops_at_a_broken_manifest_and_leaves_no_half_file(workplace):
    place = workplace("make")
    (place.folder / "deploy/cart.yml").write_text("kind: Pod\n\tx: 1\n")
    done = place.run("make")
    assert done.returncode == 2 and "deploy/cart.yml:2:1" in done.stderr
    assert not (place.folder / "build/cart.yml").exists()


def test_make_check_sees_other_options(workplace):
    place = workplace("make")
    succeeded(place.run("make", "check"))
    other = place.run("make", "check", "OPTIONS=--image registry.example.com/meshctl:0.2.0")
    assert other.returncode == 2 and "Error 3" in other.stderr


# --- pipelines ------------------------------------------------------------------------------------

def with_manifests(place):
    shutil.copytree(MANIFESTS, place.folder / "deploy", dirs_exist_ok=True)
    return place


def github_steps(job):
    workflow = documents("github-actions/telemetry.yml")[0]
    return [step["run"] for step in workflow["jobs"][job]["steps"] if "run" in step], workflow["env"]


def test_github_actions(workplace):
    place = with_manifests(workplace("github-actions"))
    place.stand_in("docker", 'if [ "$1" = create ]; then echo c1; fi')
    place.stand_in("git", 'if [ "$1" = diff ]; then exit 1; fi')
    (install, check), env = github_steps("check")
    succeeded(place.shell(install, **env))
    assert place.calls.read_text().splitlines() == [
        f"docker create {env['MESHCTL_IMAGE']}",
        f"docker cp c1:/meshctl {place.variables['HOME']}/bin/meshctl", "docker rm c1"]
    refused = place.shell(check, **env)
    assert refused.returncode == 3 and "+      - name: telemetry" in refused.stdout

    (_, inject, commit), env = github_steps("inject")
    succeeded(place.shell(inject, **env))
    assert f"image: {env['MESHCTL_IMAGE']}" in place.read("deploy/web.yml")
    succeeded(place.shell(commit, **env))
    assert place.calls.read_text().splitlines()[-1] == "git push"
    assert succeeded(place.shell(check, **env)).stdout == ""


def test_gitlab_ci(workplace, tmp_path):
    place = with_manifests(workplace("gitlab-ci"))
    place.stand_in("kubectl")
    pipeline = documents("gitlab-ci/.gitlab-ci.yml")[0]
    script = {name: "\n".join(job["script"]) for name, job in pipeline.items() if "script" in job}
    assert {pipeline[name]["stage"] for name in script} == set(pipeline["stages"])
    succeeded(place.shell(script["check-manifests"], **pipeline["variables"]))
    assert "+      - name: telemetry" in place.read("telemetry.patch")
    succeeded(place.shell(script["inject-manifests"], **pipeline["variables"]))
    found = objects(place.read("injected.yml"), tmp_path)
    assert containers(found["Deployment/web"])["telemetry"]["image"] == pipeline["variables"]["MESHCTL_IMAGE"]
    assert list(containers(found["StatefulSet/cart"])) == ["cart", "telemetry"]
    assert "ConfigMap/shop" in found
    succeeded(place.shell(script["deploy"], **pipeline["variables"]))
    assert place.calls.read_text() == "kubectl apply -f injected.yml\n"


def resolved(words, params):
    """Arguments of a Tekton step with its parameters put in; a list parameter becomes several."""
    for word in words:
        whole = re.fullmatch(r"\$\(params\.([\w-]+)\[\*\]\)", word)
        if whole:
            yield from params[whole.group(1)]
        else:
            yield re.sub(r"\$\(params\.([\w-]+)\)", lambda found: params[found.group(1)], word)


@pytest.mark.parametrize("options", [[], ["--memory-limit=96Mi", "--env=TEAM=web shop"]])
def test_tekton_task(workplace, tmp_path, options):
    place = with_manifests(workplace("tekton"))
    task = documents("tekton/task.yml")[0]
    params = {each["name"]: each["default"] for each in task["spec"]["params"]}
    step, = task["spec"]["steps"]
    assert step["command"] == ["/meshctl"] and "script" not in step
    done = succeeded(place.run("meshctl", *resolved(step["args"], {**params, "options": options})))
    assert set(shown_in_readme(place, "one line an object:")) <= set(done.stderr.splitlines())
    web = containers(objects(place.read(params["output"]), tmp_path)["Deployment/web"])
    assert web["telemetry"]["image"] == params["image"]
    assert web["telemetry"]["resources"]["limits"]["memory"] == ("96Mi" if options else "64Mi")


def test_the_tekton_pipeline_and_its_run_fit_the_task():
    task, pipeline, run = (documents(f"tekton/{name}.yml")[0] for name in ("task", "pipeline", "run"))
    tasks = {each["name"]: each for each in pipeline["spec"]["tasks"]}
    assert tasks["inject"]["taskRef"]["name"] == task["metadata"]["name"]
    assert run["spec"]["pipelineRef"]["name"] == pipeline["metadata"]["name"]
    required = {each["name"] for each in pipeline["spec"]["params"] if "default" not in each}
    assert required == {each["name"] for each in run["spec"]["params"]}
    output = next(each["default"] for each in task["spec"]["params"] if each["name"] == "output")
    assert f"kubectl apply -f {output}" in tasks["apply"]["taskSpec"]["steps"][0]["script"]


def test_openshift_pipeline(workplace, tmp_path):
    place = workplace("openshift-pipeline")
    place.stand_in("oc")
    pipeline = documents("openshift-pipeline/pipeline.yml")[0]
    params = {each["name"]: each.get("default") for each in pipeline["spec"]["params"]}
    steps = {each["name"]: each["taskSpec"]["steps"][0] for each in pipeline["spec"]["tasks"] if "taskSpec" in each}
    succeeded(place.shell(steps["build"]["script"]))
    done = succeeded(place.run("meshctl", *resolved(steps["inject"]["args"], params)))
    shown = shown_in_readme(place, "after a note on what the application sees of its callers:")
    assert without_callers_note(done.stderr).splitlines() == shown
    succeeded(place.shell(steps["apply"]["script"]))
    build_config = documents("openshift-pipeline/build.yml")[1]["metadata"]["name"]
    assert place.calls.read_text().splitlines() == [
        f"oc start-build {build_config} --follow --wait", "oc apply -f injected.yml",
        "oc rollout status deployment/web --timeout=5m"]

    found = objects(place.read("injected.yml"), tmp_path)
    assert list(containers(found["Deployment/web"])) == ["web", "telemetry"]  # the trigger goes by [0]
    assert found["Service/web"]["spec"]["ports"][0]["targetPort"] == 14001
    assert found["Route/web"]["spec"]["port"]["targetPort"] == 14001
