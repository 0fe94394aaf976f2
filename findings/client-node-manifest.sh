#!/usr/bin/env bash
# Subject: @kubernetes/client-node 2.0.1 (js-yaml 5.5.0) and 1.4.0 (js-yaml 4) of npm, against kubectl 1.35.2.
# Guess:   the official client's `loadYaml` reads a manifest as kubectl does: what it returns is what kubectl would apply.
# Seen:    `defaultMode: 0400` is 256 for kubectl, which is what an octal 0400 is, and 400 for both clients: permissions 0620. `1_000` is
#          a number for kubectl and a string for the clients, `on` is true and "on", `0b11` is 3 until version 2 makes it a string. And
#          version 2 no longer merges: `<<` stays as a key of that name, where 1.4 had the merged fields.
# Why:     two tools put one file into a cluster and get two objects, and a tool that checks what another applies checks something else. Such
#          values are best written in a form that all read alike (0o400, true, a plain number) and without merges.
source "$(dirname "${BASH_SOURCE[0]}")/support.sh"
kube_layers 1.35@2.2.2
npm_packages "$pinned_node" @kubernetes/client-node@2.0.1 js-yaml@5.5.0 client-1@npm:@kubernetes/client-node@1.4.0

cat >"$work/pod.yaml" <<'YAML'
apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  containers:
  - name: web
    image: web:1
    resources:
      limits: &most
        cpu: 500m
        memory: 64Mi
      requests:
        <<: *most
        cpu: 100m
  volumes:
  - name: certificate
    secret:
      secretName: web
      defaultMode: 0400
YAML
cat >"$work/values.yaml" <<'YAML'
apiVersion: example.com/v1
kind: Values
metadata:
  name: values
spec: [1_000, 0b11, on, 0o400, 1e3, 08]
YAML

cat >"$work/client.mjs" <<'JS'
import fs from 'node:fs';
const read = (name) => fs.readFileSync(name, 'utf8');
for (const name of ['@kubernetes/client-node', 'client-1']) {
  const { version } = JSON.parse(read(`node_modules/${name}/package.json`));
  const { loadYaml } = await import(name);
  const { containers: [{ resources }], volumes: [{ secret }] } = loadYaml(read('pod.yaml')).spec;
  console.log(`client ${version}: ${secret.defaultMode} ${JSON.stringify(resources.requests)} ${JSON.stringify(loadYaml(read('values.yaml')).spec)}`);
}
JS

{
  kubectl() { bounded "$work/1.35/kubectl" annotate --local -f "$1" seen=yes -o "jsonpath=$2"; }
  echo "kubectl: $(kubectl pod.yaml '{.spec.volumes[0].secret.defaultMode} {.spec.containers[0].resources.requests}') $(kubectl values.yaml '{.spec}')"
  node client.mjs
} |& tee "$work/seen"
stated <<'SEEN'
kubectl: 256 {"cpu":"100m","memory":"64Mi"} [1000,3,true,256,1000,8]
client 2.0.1: 400 {"<<":{"cpu":"500m","memory":"64Mi"},"cpu":"100m"} ["1_000","0b11","on",256,1000,8]
client 1.4.0: 400 {"cpu":"100m","memory":"64Mi"} ["1_000",3,"on",256,1000,8]
SEEN
