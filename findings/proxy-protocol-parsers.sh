#!/usr/bin/env bash
# Subject: PROXY protocol parsers of npm: proxy-protocol-js 4.0.6, @balena/proxy-protocol-parser 1.0.2, findhit-proxywrap 0.3.13; with the headers
#          of HAProxy 2.6.12 (Debian 12), and version 1's shortest header.
# Guess:   a header says how long it is, so what follows is the application's bytes, whatever else the header holds; and `PROXY UNKNOWN` means
#          "no address", as the specification says.
# Seen:    proxy-protocol-js hands the header's extensions (TLVs) to the application in front of its bytes: with HAProxy's `proxy-v2-options
#          crc32c` each call begins with 03 00 04 and a checksum. It refuses the line "PROXY UNKNOWN" with an error; for @balena's the client
#          has the address CR LF; findhit-proxywrap gives none. And when a read ends between a line's CR and LF, findhit-proxywrap gives the
#          LF to the application.
# Why:     what sends the header must know its reader: all three take version 1 with addresses; version 2 is safe only
#          without extensions.
source "$(dirname "${BASH_SOURCE[0]}")/support.sh"
debian_packages haproxy=2.6.12-1+deb12u4
npm_packages "$pinned_node" proxy-protocol-js@4.0.6 @balena/proxy-protocol-parser@1.0.2 findhit-proxywrap@0.3.13

cat >"$work/headers.cjs" <<'JS'
const fs = require('fs'), net = require('net');
const { spawn } = require('child_process');
const { V1ProxyProtocol, V2ProxyProtocol } = require('proxy-protocol-js');
const balena = require('@balena/proxy-protocol-parser');
const findhit = require('findhit-proxywrap');
const { setTimeout: wait } = require('timers/promises');

const listen = (server) => new Promise((ready) => server.listen(0, '127.0.0.1', () => ready(server.address().port)));
const freePort = async () => {
  const server = net.createServer(), port = await listen(server);
  await new Promise((done) => server.close(done));
  return port;
};

// What a server gets behind HAProxy when a caller writes "GET /".
const behindHaproxy = async (options) => {
  let got;
  const received = new Promise((done) => { got = done; });
  const server = net.createServer((socket) => socket.once('data', (bytes) => { got(bytes); socket.destroy(); }));
  const there = await listen(server), here = await freePort();
  fs.writeFileSync('haproxy.cfg', `
defaults
  mode tcp
  timeout connect 5s
  timeout client 5s
  timeout server 5s
listen forward
  bind 127.0.0.1:${here}
  server one 127.0.0.1:${there} ${options}
`);
  const haproxy = spawn('debian/usr/sbin/haproxy', ['-db', '-f', 'haproxy.cfg'], { stdio: 'ignore' });
  const call = () => net.connect(here, '127.0.0.1').on('error', () => setTimeout(call, 50)).on('connect', function () { this.write('GET /'); });
  call();
  const bytes = await received;
  haproxy.kill();
  server.close();
  return bytes;
};

const attempt = (read) => {
  try {
    return read();
  } catch (error) {
    return `refused: ${error.message}`;
  }
};
// Checksums differ from call to call.
const shown = (data) => JSON.stringify(Buffer.from(data).toString('latin1').replace(/^\x03\0\x04[^]{4}/, '(03 00 04 and 4 bytes)'));

const findhitGets = async (...parts) => {
  const server = findhit.proxy(net).createServer((socket) => {
    socket.on('data', (data) => { text += data; if (text.endsWith('GET /')) done(); });
    const done = () => { told(`from ${socket.remoteAddress}: ${shown(text)}`); socket.destroy(); server.close(); };
    let text = '';
  });
  let told;
  const result = new Promise((f) => { told = f; });
  const socket = net.connect(await listen(server), '127.0.0.1').on('error', () => {});
  socket.setNoDelay(true);
  for (const part of parts) {
    socket.write(part);
    await wait(50);
  }
  return result;
};

(async () => {
  for (const options of ['send-proxy-v2', 'send-proxy-v2 proxy-v2-options crc32c']) {
    const bytes = await behindHaproxy(options);
    console.log(`${options}: proxy-protocol-js gives ${attempt(() => shown(V2ProxyProtocol.parse(bytes).data))}`);
  }
  const unknown = 'PROXY UNKNOWN\r\n';
  console.log(`PROXY UNKNOWN: proxy-protocol-js: ${attempt(() => shown(V1ProxyProtocol.parse(`${unknown}GET /`).data))}`);
  console.log(`PROXY UNKNOWN: balena: from ${JSON.stringify(balena.decode(Buffer.from(unknown)).remoteAddress)}`);
  console.log(`PROXY UNKNOWN: findhit-proxywrap: ${await findhitGets(`${unknown}GET /`)}`);
  console.log(`PROXY UNKNOWN, cut before the LF: findhit-proxywrap: ${await findhitGets('PROXY UNKNOWN\r', '\nGET /')}`);
  console.log(`PROXY TCP4, cut before the LF: findhit-proxywrap: ${await findhitGets('PROXY TCP4 192.0.2.1 192.0.2.2 7000 80\r', '\nGET /')}`);
  process.exit();
})();
JS

node headers.cjs |& tee "$work/seen"
stated <<'SEEN'
send-proxy-v2: proxy-protocol-js gives "GET /"
send-proxy-v2 proxy-v2-options crc32c: proxy-protocol-js gives "(03 00 04 and 4 bytes)GET /"
PROXY UNKNOWN: proxy-protocol-js: refused: given data isn't suitable for V1 PROXY protocols definition
PROXY UNKNOWN: balena: from "\r\n"
PROXY UNKNOWN: findhit-proxywrap: from undefined: "GET /"
PROXY UNKNOWN, cut before the LF: findhit-proxywrap: from undefined: "\nGET /"
PROXY TCP4, cut before the LF: findhit-proxywrap: from 192.0.2.1: "\nGET /"
SEEN
