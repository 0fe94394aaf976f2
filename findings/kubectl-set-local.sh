#!/usr/bin/env bash
# Subject: `kubectl set image`, `set env` and `set resources` with `--local`: kubectl 1.27.1, 1.32.3 and 1.35.2.
# Guess:   they change what they are told to in a file and leave the rest alone, as `label`, `annotate` and `patch` do; at worst an older kubectl
#          says that it does not know a field. Without `-c`, env and limits are for the application.
# Seen:    they write what their own Kubernetes types know, and nothing else. Under 1.27 a native sidecar loses `restartPolicy: Always` and so
#          becomes an init container, for whose end the pod waits; under 1.32 the container's stop signal and the pod's host name of
#          later releases are gone. No warning, exit code 0. And they change every container: init containers and sidecars as well.
# Why:     pipelines pipe manifests through them, also after an injector. An OTEL_EXPORTER_OTLP_ENDPOINT meant for the application reaches the sidecar,
#          and so do limits.
source "$(dirname "${BASH_SOURCE[0]}")/support.sh"
kube_layers 1.27@2.1.0 1.32@2.1.0 1.35@2.2.2

cat >"$work/web.yaml" <<'YAML'
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      hostnameOverride: web.example.com
      initContainers:
      - name: sidecar
        image: proxy:1
        restartPolicy: Always
      containers:
      - name: web
        image: web:1
        lifecycle: {stopSignal: SIGUSR1}
YAML

pod='{.spec.template.spec'
sidecar="$pod.initContainers[0]"
web="$pod.containers[0]"
fields="restartPolicy '$sidecar.restartPolicy}' stopSignal '$web.lifecycle.stopSignal}' hostnameOverride '$pod.hostnameOverride}'"
reached="sidecar '$sidecar.env[*].value}$sidecar.resources.limits.cpu}' web '$web.env[*].value}$web.resources.limits.cpu}'"

for version in 1.27 1.32 1.35; do
  kubectl=$work/$version/kubectl
  say() { bounded "$kubectl" "${@:2}" --local -f web.yaml -o "jsonpath=kubectl $version ${*:2:2}: $1{\"\\n\"}"; }
  say "$fields" label changed=yes
  say "$fields" set image web=web:2
  say "$reached" set env OTEL_EXPORTER_OTLP_ENDPOINT=https://otel.example.com
  say "$reached" set resources --limits=cpu=1
done |& tee "$work/seen"
stated <<'SEEN'
kubectl 1.27 label changed=yes: restartPolicy 'Always' stopSignal 'SIGUSR1' hostnameOverride 'web.example.com'
kubectl 1.27 set image: restartPolicy '' stopSignal '' hostnameOverride ''
kubectl 1.27 set env: sidecar 'https://otel.example.com' web 'https://otel.example.com'
kubectl 1.27 set resources: sidecar '1' web '1'
kubectl 1.32 label changed=yes: restartPolicy 'Always' stopSignal 'SIGUSR1' hostnameOverride 'web.example.com'
kubectl 1.32 set image: restartPolicy 'Always' stopSignal '' hostnameOverride ''
kubectl 1.32 set env: sidecar 'https://otel.example.com' web 'https://otel.example.com'
kubectl 1.32 set resources: sidecar '1' web '1'
kubectl 1.35 label changed=yes: restartPolicy 'Always' stopSignal 'SIGUSR1' hostnameOverride 'web.example.com'
kubectl 1.35 set image: restartPolicy 'Always' stopSignal 'SIGUSR1' hostnameOverride 'web.example.com'
kubectl 1.35 set env: sidecar 'https://otel.example.com' web 'https://otel.example.com'
kubectl 1.35 set resources: sidecar '1' web '1'
SEEN
