// An HTTP server that says afterwards what it was asked: a parser and a count that are not ours.
// A request chooses its answer: /STATUS/SIZE/FRAMING, FRAMING one of length, chunked, close.
'use strict';
const http = require('http');

const seen = {calls: 0, request_body_bytes: 0, response_body_bytes: 0, by_status: {}, bad: 0};

const server = http.createServer((request, response) => {
  let bytes = 0;
  request.on('data', part => { bytes += part.length; });
  request.on('end', () => {
    const [, status, size, framing] = request.url.split('?')[0].split('/');
    const body = Buffer.alloc(Math.min(Number(size) || 0, 100000), 'abcdefgh\r\n');
    response.statusCode = Number(status) >= 200 && Number(status) < 600 ? Number(status) : 200;
    if (framing === 'length') response.setHeader('Content-Length', body.length);
    if (framing === 'close') {
      response.setHeader('Connection', 'close');
      response.useChunkedEncodingByDefault = false;
    }
    const has_body = request.method !== 'HEAD' && ![204, 304].includes(response.statusCode);
    response.on('finish', () => {
      seen.calls += 1;
      seen.request_body_bytes += bytes;
      if (has_body) seen.response_body_bytes += body.length;
      seen.by_status[response.statusCode] = (seen.by_status[response.statusCode] || 0) + 1;
    });
    for (let at = 0; at < body.length && has_body; at += 1000) {
      response.write(body.subarray(at, at + 1000));
    }
    response.end();
  });
});
server.keepAliveTimeout = 0;
server.on('clientError', (error, socket) => {
  seen.bad += 1;
  if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
});

const control = http.createServer((_, response) => response.end(JSON.stringify(seen)));
server.listen(0, '127.0.0.1', () => control.listen(0, '127.0.0.1', () =>
  console.log(`${server.address().port} ${control.address().port}`)));
