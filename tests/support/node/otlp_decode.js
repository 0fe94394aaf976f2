// Reads an OTLP/JSON export request of metrics on standard input by the official protobuf definitions,
// encodes it as protobuf, decodes that, and prints it as JSON again. What the definitions do not know gets
// lost; what does not fit their types throws.
'use strict';
const path = require('path');
const folder = path.dirname(require.resolve('@opentelemetry/otlp-transformer/package.json'));
const root = require(path.join(folder, 'build/src/generated/root.js'));
const Request = root.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;

const text = require('fs').readFileSync(0, 'utf8');
// JSON of OTLP has ids in hex, where protobuf's own mapping has base64.
const given = JSON.parse(text, (key, value) =>
  key === 'traceId' ? Buffer.from(value, 'hex').toString('base64') : value);
const message = Request.decode(Request.encode(Request.fromObject(given)).finish());
const back = Request.toObject(message, {longs: String, enums: Number, bytes: String});
process.stdout.write(JSON.stringify(back, (key, value) =>
  key === 'traceId' ? Buffer.from(value, 'base64').toString('hex') : value));
