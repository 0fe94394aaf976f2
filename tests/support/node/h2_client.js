// h2_client.js PORT PATH CALLS: GETs over HTTP/2 by prior knowledge, 32 at a time on one connection; prints as
// JSON how often each body came, by its SHA-256, and the bytes in all.
'use strict';
const crypto = require('crypto');
const http2 = require('http2');

const [, , port, path, calls] = process.argv;
const session = http2.connect(`http://127.0.0.1:${port}`);
const seen = {bodies: {}, bytes: 0};
let left = Number(calls);
let open = 0;

function call() {
  left -= 1;
  open += 1;
  const hash = crypto.createHash('sha256');
  const stream = session.request({':path': path});
  stream.on('data', (data) => {
    seen.bytes += data.length;
    hash.update(data);
  });
  stream.on('end', () => {
    const digest = hash.digest('hex');
    seen.bodies[digest] = (seen.bodies[digest] || 0) + 1;
    open -= 1;
    if (left > 0) call();
    else if (open === 0) session.close(() => console.log(JSON.stringify(seen)));
  });
  stream.end();
}

for (let i = 0; i < 32 && left > 0; i++) call();
