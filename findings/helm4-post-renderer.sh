#!/usr/bin/env bash
# Subject: post-renderers in Helm 4.1.4, beside 3.12.1 and 3.17.2 (`helm template`).
# Guess:   once the program is wrapped as the plugin that Helm 4 asks for, it gets what it got, and what it says goes where it went.
# Seen:    Helm 3 gives it the chart without hooks; Helm 4 gives it hooks and `helm test` pods as well. And when it fails, Helm 3 shows what
#          it wrote to standard error; Helm 4 says "exited with error" and drops the rest, with --debug too.
# Why:     whoever injects sidecars by post-renderer finds them in migration Jobs and test pods after an upgrade of Helm, where a container
#          that does not end keeps the hook, and so the release, from finishing; and no refusal says why.
source "$(dirname "${BASH_SOURCE[0]}")/support.sh"
kube_layers 1.27@2.1.0 1.32@2.1.0 1.35@2.2.2

mkdir -p "$work/chart/templates" "$work/plugins/marker"
printf '%s\n' 'apiVersion: v2' 'name: chart' 'version: 0.1.0' >"$work/chart/Chart.yaml"
cat >"$work/chart/templates/all.yaml" <<'YAML'
apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
---
apiVersion: batch/v1
kind: Job
metadata:
  name: migrate
  annotations: {"helm.sh/hook": pre-install}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: migrate, image: web:1}]}}}
---
apiVersion: v1
kind: Pod
metadata:
  name: try-it
  annotations: {"helm.sh/hook": test}
spec: {containers: [{name: try-it, image: web:1}]}
YAML
cat >"$work/plugins/marker/plugin.yaml" <<'YAML'
apiVersion: v1
type: postrenderer/v1
name: marker
version: 0.1.0
runtime: subprocess
runtimeConfig:
  platformCommand:
  - command: ${HELM_PLUGIN_DIR}/marker.sh
YAML
# Marks each kind that it is given. With the file `refuse` beside it, it says why it does not want to.
cat >"$work/plugins/marker/marker.sh" <<'SH'
#!/bin/sh
echo "a remark of the post-renderer" >&2
[ ! -e "$(dirname "$0")/refuse" ] || exit 3
sed 's/^kind: .*/& # was here/'
SH
chmod +x "$work/plugins/marker/marker.sh"

for version in 1.27 1.32 1.35; do
  renderer=$work/plugins/marker/marker.sh
  [[ $version != 1.35 ]] || renderer=marker
  render() { bounded env HELM_PLUGINS="$work/plugins" "$work/$version/helm" template release chart --post-renderer "$renderer"; }
  told() { grep -c remark "$work/errors" || true; }
  echo "Helm $(bounded "$work/$version/helm" version --template '{{.Version}}')"
  echo "  is given: $(render 2>"$work/errors" | sed -n 's/^kind: \(.*\) # was here/\1/p' | sort | paste -sd' ')"
  echo "  shows its standard error: $(told) times"
  touch "$work/plugins/marker/refuse"
  render >"$work/output" 2>"$work/errors" && echo "  does not mind a failure"
  rm "$work/plugins/marker/refuse"
  echo "  shows it when it failed: $(told) times"
done |& tee "$work/seen"
stated <<'SEEN'
Helm v3.12.1
  is given: ConfigMap
  shows its standard error: 0 times
  shows it when it failed: 1 times
Helm v3.17.2
  is given: ConfigMap
  shows its standard error: 0 times
  shows it when it failed: 1 times
Helm v4.1.4
  is given: ConfigMap Job Pod
  shows its standard error: 0 times
  shows it when it failed: 0 times
SEEN
