// A WebSocket echo service and its clients (ws, from npm).
//   ws_peer.js serve                          prints its port; `close N` makes it close with that code, `drop` break off
//   ws_peer.js burst PORT CLIENTS MESSAGES    the same of random messages, as fast as they go
//   ws_peer.js call PORT CLIENTS [compressed] prints what the clients sent and got, as JSON
'use strict';
const crypto = require('crypto');
const WebSocket = require('ws');

function serve() {
  const server = new WebSocket.Server({host: '127.0.0.1', port: 0, perMessageDeflate: true}, () =>
    console.log(server.address().port));
  server.on('connection', (socket) => {
    socket.on('message', (data, isBinary) => {
      const text = isBinary ? '' : data.toString();
      if (text.startsWith('close ')) return socket.close(Number(text.slice(6)));
      if (text === 'drop') return socket.terminate();
      socket.send(data, {binary: isBinary});
    });
  });
}

// The lengths at which the form of a frame's header changes, and beside.
const SIZES = [0, 1, 125, 126, 1000, 65535, 65536, 300000];

const LASTS = [
  (socket) => socket.close(1000),
  (socket) => socket.close(4001, 'bye'),
  (socket, send) => send('close 1011'),
  (socket, send) => send('drop'),
];

// One client: messages of all sizes, one in fragments with a ping between, then `last`.
function call(url, compressed, last, totals) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, {perMessageDeflate: compressed});
    const due = [];
    const send = (data, options) => {
      totals.sent += 1;
      totals.sentBytes += data.length;
      socket.send(data, options);
    };
    socket.on('open', () => {
      for (const size of SIZES) {
        const data = Buffer.alloc(size, size % 251);
        due.push(data);
        send(data);
      }
      due.push(Buffer.from('fragment'));
      totals.sentBytes += 4;
      socket.send('frag', {fin: false});
      socket.ping('are you there');
      send('ment', {fin: true});
    });
    socket.on('message', (data) => {
      totals.received += 1;
      totals.receivedBytes += data.length;
      if (!due.shift().equals(data)) reject(new Error('another message came back'));
      // Some time passes before the end: it must not count as response time.
      if (due.length === 0) setTimeout(() => last(socket, send), 300);
    });
    socket.on('close', (code) => {
      totals.closes[code] = (totals.closes[code] || 0) + 1;
      resolve();
    });
    socket.on('error', reject);
  });
}

async function callAll(port, clients, compressed) {
  const totals = {sent: 0, received: 0, sentBytes: 0, receivedBytes: 0, closes: {}};
  await Promise.all(Array.from({length: clients}, (_, i) =>
    call(`ws://127.0.0.1:${port}/chat/${i}?token=secret`, compressed, LASTS[i % LASTS.length], totals)));
  console.log(JSON.stringify(totals));
}

// `count` messages of random bytes on one connection, some of them on their way at a time.
function burst(url, count, totals) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, {perMessageDeflate: false});
    const due = [];
    let left = count;
    const send = () => {
      left -= 1;
      const data = crypto.randomBytes(crypto.randomInt(2000));
      due.push(data);
      totals.sent += 1;
      totals.sentBytes += data.length;
      socket.send(data);
    };
    socket.on('open', () => {
      for (let i = 0; i < 16 && left > 0; i++) send();
    });
    socket.on('message', (data) => {
      totals.received += 1;
      totals.receivedBytes += data.length;
      if (!due.shift().equals(data)) return reject(new Error('another message came back'));
      if (left > 0) send();
      else if (due.length === 0) socket.close(1000);
    });
    socket.on('close', (code) => (due.length === 0 && code === 1000 ? resolve() : reject(new Error(`closed: ${code}`))));
    socket.on('error', reject);
  });
}

async function burstAll(port, clients, messages) {
  const totals = {sent: 0, received: 0, sentBytes: 0, receivedBytes: 0};
  await Promise.all(Array.from({length: clients}, () =>
    burst(`ws://127.0.0.1:${port}/burst`, Math.ceil(messages / clients), totals)));
  console.log(JSON.stringify(totals));
}

const [, , role, port, clients, compressed] = process.argv;
if (role === 'serve') serve();
else if (role === 'burst') burstAll(port, Number(clients), Number(process.argv[5]));
else callAll(port, Number(clients), compressed === 'compressed');
