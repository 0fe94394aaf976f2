#!/usr/bin/env bash
# Subject: extended-eventsource 2.1.0 of npm; beside it eventsource 5.1.5, undici 8.13.1 and launchdarkly-eventsource 2.2.0, on Node.js 24.21.0.
# Guess:   the events of a stream do not depend on how its bytes come in: an EventSource parser takes any cut.
# Seen:    where a read ends between CR and LF, extended-eventsource takes each of the two for a line end of its own. A cut after the first
#          line of an event makes two events of it, one after the last line or the blank one adds an empty event. Streams with LF alone, and
#          the other clients, are right wherever the cut is.
# Why:     whoever forwards a stream moves the cuts: what works against a server that writes each event at once fails with the first proxy
#          in between, and is taken for its fault. Servers do well to end lines with LF.
source "$(dirname "${BASH_SOURCE[0]}")/support.sh"
npm_packages "$pinned_node" eventsource@5.1.5 undici@8.13.1 extended-eventsource@2.1.0 launchdarkly-eventsource@2.2.0

cat >"$work/cuts.mjs" <<'JS'
import http from 'node:http';
import { createRequire } from 'node:module';
import { setTimeout as wait } from 'node:timers/promises';
const require = createRequire(import.meta.url);
const clients = {
  'eventsource': (await import('eventsource')).EventSource,
  'undici': require('undici').EventSource,
  'launchdarkly-eventsource': require('launchdarkly-eventsource').EventSource,
  'extended-eventsource': (await import('extended-eventsource')).EventSource,
};

// What a client makes of a stream that comes in two writes. The event `last` tells that all of it was read.
const events = (Client, parts) => new Promise((done) => {
  const server = http.createServer(async (_, response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    for (const part of parts) {
      response.write(part);
      await wait(50);
    }
    response.write('event: last\ndata: x\n\n');
  }).listen(0, '127.0.0.1', () => {
    const source = new Client(`http://127.0.0.1:${server.address().port}/`);
    const seen = [];
    source.onerror = () => {};
    source.addEventListener('message', (event) => seen.push(event.data));
    source.addEventListener('last', () => {
      source.close();
      server.closeAllConnections();
      server.close();
      done(JSON.stringify(seen));
    });
  });
});

// Wherever the cut is, few at a time.
const everywhere = async (Client, stream) => {
  const whole = await events(Client, [stream]), other = new Map();
  const cuts = Array.from({ length: stream.length - 1 }, (_, i) => i + 1);
  await Promise.all(Array.from({ length: 4 }, async () => {
    for (let cut; (cut = cuts.shift());) {
      const seen = await events(Client, [stream.slice(0, cut), stream.slice(cut)]);
      if (seen !== whole) other.set(cut, seen);
    }
  }));
  const told = [...other].sort((a, b) => a[0] - b[0]).map(([cut, seen]) => `\n  cut at ${cut}: ${seen}`);
  return whole + (told.length ? told.join('') : ', wherever it is cut');
};

for (const [name, Client] of Object.entries(clients)) {
  console.log(`${name}, LF:   ${await everywhere(Client, 'data: a\ndata: b\n\n')}`);
  console.log(`${name}, CRLF: ${await everywhere(Client, 'data: a\r\ndata: b\r\n\r\n')}`);
}
process.exit();
JS

node cuts.mjs |& tee "$work/seen"
stated <<'SEEN'
eventsource, LF:   ["a\nb"], wherever it is cut
eventsource, CRLF: ["a\nb"], wherever it is cut
undici, LF:   ["a\nb"], wherever it is cut
undici, CRLF: ["a\nb"], wherever it is cut
launchdarkly-eventsource, LF:   ["a\nb"], wherever it is cut
launchdarkly-eventsource, CRLF: ["a\nb"], wherever it is cut
extended-eventsource, LF:   ["a\nb"], wherever it is cut
extended-eventsource, CRLF: ["a\nb"]
  cut at 8: ["a","b"]
  cut at 17: ["a\nb",""]
  cut at 19: ["a\nb",""]
SEEN
