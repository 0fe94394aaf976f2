#!/usr/bin/env bash
# Subject: EventSource clients of npm on Node.js 24.21.0: eventsource 5.1.5, undici 8.13.1, extended-eventsource 2.1.0, eventsource-client 1.2.0,
#          launchdarkly-eventsource 2.2.0, reconnecting-eventsource 1.6.5 (around undici's).
# Guess:   a client that reconnects by itself survives a restart of its server, whichever way the outage shows; an honest 502 or 503 with
#          Retry-After is kinder to it than a refused connection.
# Seen:    all come back after a refused connection and after one that is hung up. Three of the six end for good at the first 502 or 503,
#          which is what the standard says (HTML, 9.2.2: "fail the connection" for any status but 200). 204, the standard's own way to say
#          "stop", ends five; reconnecting-eventsource asks again even then.
# Why:     a proxy that answers 502 while the application restarts turns a pause of a second into event streams that stay dead until someone
#          reloads the page. To them the connection must be refused, or reset.
source "$(dirname "${BASH_SOURCE[0]}")/support.sh"
npm_packages "$pinned_node" eventsource@5.1.5 undici@8.13.1 extended-eventsource@2.1.0 eventsource-client@1.2.0 \
  launchdarkly-eventsource@2.2.0 reconnecting-eventsource@1.6.5

cat >"$work/outage.mjs" <<'JS'
import http from 'node:http';
import net from 'node:net';
import { createRequire } from 'node:module';
import { setTimeout as wait } from 'node:timers/promises';
const require = createRequire(import.meta.url);
const { EventSource: Eventsource } = await import('eventsource');
const { EventSource: Extended } = await import('extended-eventsource');
const { createEventSource } = await import('eventsource-client');
const { EventSource: Undici } = require('undici');
const { EventSource: Launchdarkly } = require('launchdarkly-eventsource');
const Reconnecting = require('reconnecting-eventsource').default;
console.warn = console.error = console.log = () => {};  // some of them tell of each attempt

const standard = (make) => (url, got) => {
  const source = make(url);
  source.onerror = () => {};
  source.addEventListener('message', got);
  return source;
};
const clients = {
  'eventsource': standard((url) => new Eventsource(url)),
  'undici': standard((url) => new Undici(url)),
  'extended-eventsource': standard((url) => new Extended(url)),
  'eventsource-client': (url, got) => createEventSource({ url, onMessage: got }),
  'launchdarkly-eventsource': standard((url) => new Launchdarkly(url, { initialRetryDelayMillis: 200 })),
  'reconnecting-eventsource': standard((url) => new Reconnecting(url, { max_retry_time: 500, eventSourceClass: Undici })),
};
const outages = {
  refused: null,
  reset: (request) => request.socket.resetAndDestroy(),
  'status 502': (_, response) => response.writeHead(502).end(),
  '503 and Retry-After': (_, response) => response.writeHead(503, { 'Retry-After': '1' }).end(),
  'status 204': (_, response) => response.writeHead(204).end(),
};

// A stream that runs, is down for 2.5 s, and runs again: does an event come then?
const survives = async (client, down) => {
  let got = () => {};
  const sockets = new Set();
  const serve = (handle, port = 0) => new Promise((ready) => {
    const server = http.createServer(handle).on('connection', (socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
    }).listen(port, '127.0.0.1', () => ready(server));
  });
  const stop = (server) => new Promise((done) => {
    server.close(done);
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  });
  const event = (limit) => Promise.race([new Promise((f) => { got = () => f(true); }), wait(limit).then(() => false)]);
  const stream = (_, response) => response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('retry: 200\ndata: x\n\n');

  let server = await serve(stream);
  const { port } = server.address();
  const first = event(5000);
  const source = client(`http://127.0.0.1:${port}/`, () => got());
  if (!await first) return 'never began';
  await stop(server);
  if (down) server = await serve(down, port);
  await wait(2500);
  if (down) await stop(server);
  const again = event(6000);
  server = await serve(stream, port);
  const back = await again;
  source.close();
  await stop(server);
  return back ? 'back' : 'ended';
};

const rows = Object.entries(clients).map(async ([name, client]) => {
  const cells = Object.entries(outages).map(async ([outage, down]) => `${outage} ${await survives(client, down)}`);
  return `${name}: ${(await Promise.all(cells)).join('; ')}\n`;
});
process.stdout.write((await Promise.all(rows)).join(''), () => process.exit());
JS

node outage.mjs |& tee "$work/seen"
stated <<'SEEN'
eventsource: refused back; reset back; status 502 ended; 503 and Retry-After ended; status 204 ended
undici: refused back; reset back; status 502 ended; 503 and Retry-After ended; status 204 ended
extended-eventsource: refused back; reset back; status 502 ended; 503 and Retry-After ended; status 204 ended
eventsource-client: refused back; reset back; status 502 back; 503 and Retry-After back; status 204 ended
launchdarkly-eventsource: refused back; reset back; status 502 back; 503 and Retry-After back; status 204 ended
reconnecting-eventsource: refused back; reset back; status 502 back; 503 and Retry-After back; status 204 back
SEEN
