#!/usr/bin/env bash
# Subject: `<<` in manifests: kubectl 1.27.1, 1.32.3 and 1.35.2 (`annotate --local`, which reads files as `apply` does and needs no cluster), and
#          the kustomize in them (5.0.1, 5.5.0, 5.7.1).
# Guess:   what a mapping says itself beats what it merges, wherever the two stand (yaml.org/type/merge.html); and `kubectl kustomize` reads
#          a file as `kubectl apply` does.
# Seen:    in kubectl the later one wins: a `<<` below a key takes that key's value away, without a word. kustomize keeps the rule. So one
#          file gives two limits, by whether it is applied as it is or through a kustomization.
# Why:     a tool that resolves merges by the rule shows and edits another object than the cluster gets.
source "$(dirname "${BASH_SOURCE[0]}")/support.sh"
kube_layers 1.27@2.1.0 1.32@2.1.0 1.35@2.2.2

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
      requests: &usual
        memory: 64Mi
        cpu: 100m
      limits:
        memory: 256Mi
        <<: *usual
YAML
echo 'resources: [pod.yaml]' >"$work/kustomization.yaml"

for version in 1.27 1.32 1.35; do
  kubectl=$work/$version/kubectl
  limit() { bounded "$kubectl" annotate --local -f "$1" seen=yes -o 'jsonpath={.spec.containers[0].resources.limits.memory}'; }
  bounded "$kubectl" kustomize . >"$work/kustomized.yaml"
  echo "limits.memory: 256Mi, then <<: 64Mi: kubectl $version takes $(limit pod.yaml), behind its kustomize $(limit kustomized.yaml)"
done |& tee "$work/seen"
stated <<'SEEN'
limits.memory: 256Mi, then <<: 64Mi: kubectl 1.27 takes 64Mi, behind its kustomize 256Mi
limits.memory: 256Mi, then <<: 64Mi: kubectl 1.32 takes 64Mi, behind its kustomize 256Mi
limits.memory: 256Mi, then <<: 64Mi: kubectl 1.35 takes 64Mi, behind its kustomize 256Mi
SEEN
