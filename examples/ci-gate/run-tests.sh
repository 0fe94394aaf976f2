#!/bin/sh
# Runs the tests of an application through meshctl, and fails when the service was slow or faulty,
# whatever the tests say. Takes the application's port and the tests' command.
#
#   examples/ci-gate/run-tests.sh 8087 ./tests-of-some-app
#
# The tests find the service at $MESHCTL_PROXY_URL. Reports: usage.md for a comment on the pull
# request, usage.xml for the list of tests.
set -eu
port=$1
shift
exec "${MESHCTL:-meshctl}" run --upstream "$port" --listen 0 --admin off \
  --fail-on 'error_rate>1%' --fail-on 'p99>250ms' --fail-on 'calls<1' \
  --report usage.md --report usage.xml \
  -- "$@"
