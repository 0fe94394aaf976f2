#!/usr/bin/env bash
# Subject: @grpc/grpc-js 1.14.7 of npm on Node.js 24.21.0, a call every 50 ms, the server away for about 10 s.
# Guess:   a refused connection is the cheapest failure: calls fail at once, and the first one after the server's return succeeds.
# Seen:    calls do fail at once, but they do not connect: the channel tries by itself, after 1 s, 1.6 s, 2.6 s and so on up to 2 minutes. A
#          server that comes back right after the fifth attempt is not asked for another 5 to 8 s, in which every call fails with
#          ECONNREFUSED, a reason that is no longer true. Behind a proxy that keeps the connection and answers 502, the first call succeeds.
# Why:     a refused port is what EventSource clients and balancers need, and what makes a gRPC outage last up to twice as long. An application
#          that stays away for long lives better with 502 on the connections that are there; service owners can lower
#          `grpc.max_reconnect_backoff_ms`.
source "$(dirname "${BASH_SOURCE[0]}")/support.sh"
npm_packages "$pinned_node" @grpc/grpc-js@1.14.7

cat >"$work/outage.mjs" <<'JS'
import diagnostics from 'node:diagnostics_channel';
import http2 from 'node:http2';
import grpc from '@grpc/grpc-js';
import { setTimeout as wait } from 'node:timers/promises';
const ATTEMPTS = 5, OUTAGE = 10_000;

const serve = (port, isUp) => new Promise((ready) => {
  const sessions = new Set();
  const server = http2.createServer().on('session', (session) => sessions.add(session.on('error', () => {}))).on('stream', (stream) => {
    stream.on('error', () => {}).resume();
    if (!isUp()) {
      stream.respond({ ':status': 502, 'content-type': 'text/plain' });
      return stream.end();
    }
    stream.respond({ 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' })).end(Buffer.alloc(5));
  });
  const stop = () => new Promise((done) => {
    server.close(done);
    for (const session of sessions) session.destroy();
  });
  server.listen(port, '127.0.0.1', () => ready({ port: server.address().port, stop }));
});

const connect = (port) => {
  const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  const call = () => new Promise((done) => client.makeUnaryRequest('/shop.Cart/Get', () => Buffer.alloc(0), (x) => x, new grpc.Metadata(),
    { deadline: Date.now() + 5000 }, (error) => done(error)));
  return call;
};

// Resolves when that many connections of this process have failed.
const failedAttempts = (count) => new Promise((done) => {
  const failed = () => { if (--count === 0) done(); };
  diagnostics.subscribe('net.client.socket', ({ socket }) => socket.once('error', failed));
});

// From the server's return to the first answer, with what the calls said meanwhile.
const recovery = async (call) => {
  const back = Date.now();
  let last = 'nothing';
  for (let error; (error = await call()); await wait(50)) last = `${error.code} ${/ECONN\w+|HTTP \w+|502/.exec(error.details)}`;
  const seconds = (Date.now() - back) / 1000;
  return `${seconds > 4 ? 'more than 4 s' : seconds < 1 ? 'less than 1 s' : `${seconds} s`}; until then ${last}`;
};

const calls = async (call, until) => {
  let over = false;
  const ended = until.then(() => { over = true; });
  while (!over) {
    await call();
    await Promise.race([wait(50), ended]);
  }
};

const refused = async () => {
  let server = await serve(0, () => true);
  const call = connect(server.port);
  await call();
  const away = failedAttempts(ATTEMPTS);
  await server.stop();
  await calls(call, away);
  server = await serve(server.port, () => true);
  return `refused, back after attempt ${ATTEMPTS}: first answer after ${await recovery(call)}`;
};

const answered502 = async () => {
  let up = true;
  const server = await serve(0, () => up);
  const call = connect(server.port);
  await call();
  up = false;
  await calls(call, wait(OUTAGE));
  up = true;
  return `502 for ${OUTAGE / 1000} s: first answer after ${await recovery(call)}`;
};

for (const line of await Promise.all([refused(), answered502()])) console.log(line);
process.exit();
JS

node outage.mjs |& tee "$work/seen"
stated <<'SEEN'
refused, back after attempt 5: first answer after more than 4 s; until then 14 ECONNREFUSED
502 for 10 s: first answer after less than 1 s; until then nothing
SEEN
