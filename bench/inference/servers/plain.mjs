// Plain Fastify: the ceiling of HTTP in Node.js, and the same with 10 ms asleep on its event loop for each request.
// Usage: node plain.mjs <port> constant|asleep
import Fastify from 'fastify';

const [port, kind] = process.argv.slice(2);
const server = Fastify();
const asleep = new Int32Array(new SharedArrayBuffer(4));

server.get('/predict/:value', () => ({ input: 21, prediction: 43, model_version: 'v1.0.0' }));
server.post('/predict', ({ body }) => {
  if (kind === 'asleep') Atomics.wait(asleep, 0, 0, 10);
  return { text: body.text, sentiment: 'positive', confidence: 1 };
});
server.get('/health', () => ({ status: 'ok' }));
await server.listen({ port: Number(port), host: '127.0.0.1' });
