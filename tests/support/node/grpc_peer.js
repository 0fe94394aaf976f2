// A gRPC service and its clients (@grpc/grpc-js, from npm), without generated code: messages are bytes.
//   grpc_peer.js serve             prints its port
//   grpc_peer.js call PORT COUNT   prints what the client sent and got, by method, as JSON
'use strict';
const grpc = require('@grpc/grpc-js');

const bytes = (value) => value;
const method = (name, requestStream, responseStream) => ({
  path: `/test.Node/${name}`, requestStream, responseStream, requestSerialize: bytes, requestDeserialize: bytes,
  responseSerialize: bytes, responseDeserialize: bytes});
const SERVICE = {
  Unary: method('Unary', false, false),
  Fail: method('Fail', false, false),
  List: method('List', false, true),
  Collect: method('Collect', true, false),
  Talk: method('Talk', true, true),
  Watch: method('Watch', false, true),
};

function serve() {
  const server = new grpc.Server();
  server.addService(SERVICE, {
    Unary: (call, answer) => answer(null, call.request),
    Fail: (call, answer) => answer({code: Number(call.request.toString()), details: 'as you wish'}),
    List: (call) => {
      for (let i = 0; i < 5; ++i) call.write(call.request);
      call.end();
    },
    Collect: (call, answer) => {
      let all = 0;
      call.on('data', (data) => { all += data.length; });
      call.on('end', () => answer(null, Buffer.from(String(all))));
    },
    Talk: (call) => {
      call.on('data', (data) => call.write(data));
      call.on('end', () => call.end());
    },
    // Goes on until the client has had enough.
    Watch: (call) => {
      const timer = setInterval(() => call.write(Buffer.from('tick')), 20);
      call.on('cancelled', () => clearInterval(timer));
    },
  });
  server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) => console.log(port));
}

function call(client, name, argument, totals) {
  return new Promise((resolve) => {
    const of = totals[name] = totals[name] || {sent: 0, received: 0, codes: {}};
    const {path, requestStream, responseStream} = SERVICE[name];
    const finish = (code) => {
      of.codes[grpc.status[code]] = (of.codes[grpc.status[code]] || 0) + 1;
      resolve();
    };
    const ended = (error, answer) => {
      if (answer) of.received += 1;
      finish(error ? error.code : 0);
    };
    let stream;
    if (!requestStream && !responseStream) {
      of.sent += 1;
      client.makeUnaryRequest(path, bytes, bytes, argument, ended);
      return;
    }
    if (requestStream && responseStream) stream = client.makeBidiStreamRequest(path, bytes, bytes);
    else if (requestStream) stream = client.makeClientStreamRequest(path, bytes, bytes, ended);
    else {
      of.sent += 1;
      stream = client.makeServerStreamRequest(path, bytes, bytes, argument);
    }
    if (requestStream) {
      for (const message of argument) {
        of.sent += 1;
        stream.write(message);
      }
      stream.end();
    }
    if (!responseStream) return;
    let got = 0;
    stream.on('data', () => {
      of.received += 1;
      got += 1;
      if (name === 'Watch' && got === 10) stream.cancel();
    });
    stream.on('error', () => {});  // the status says it, too
    stream.on('status', (status) => finish(status.code));
  });
}

async function callAll(port, count) {
  const totals = {};
  const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  const several = [Buffer.from('a'), Buffer.alloc(70000, 'b'), Buffer.alloc(0)];
  const calls = [];
  for (let i = 0; i < count; ++i) {
    calls.push(call(client, 'Unary', Buffer.alloc(i * 100, 'x'), totals));
    calls.push(call(client, 'Fail', Buffer.from(String([5, 13, 14][i % 3])), totals));
    calls.push(call(client, 'List', Buffer.from('item'), totals));
    calls.push(call(client, 'Collect', several, totals));
    calls.push(call(client, 'Talk', several, totals));
  }
  await Promise.all(calls);
  await call(client, 'Watch', Buffer.from('w'), totals);
  client.close();
  console.log(JSON.stringify(totals));
}

const [, , role, port, count] = process.argv;
if (role === 'serve') serve();
else callAll(port, Number(count));
