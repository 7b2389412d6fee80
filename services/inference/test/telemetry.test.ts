import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { JsonLogger } from '../dist/logger.js';
import { Tracing } from '../dist/telemetry/tracing.js';
import { startFake } from './fake-models.js';
import { type Service, start } from './support.js';

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT_ID = '00f067aa0ba902b7';
const traceparent = (flags: string) => `00-${TRACE_ID}-${PARENT_ID}-${flags}`;

interface ExportedSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  links: { traceId: string; spanId: string }[];
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: { key: string; value: Record<string, unknown> }[];
  status: { code: number };
}
interface Export {
  resourceSpans: {
    resource: { attributes: { key: string; value: { stringValue: string } }[] };
    scopeSpans: { spans: ExportedSpan[] }[];
  }[];
}

/** An OTLP collector that keeps what it is sent. */
class Collector {
  readonly exports: Export[] = [];
  private readonly server: Server = createServer(
    (request, response) => void this.receive(request).then(() => response.end('{}')),
  );

  async listen(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `http://127.0.0.1:${String((this.server.address() as { port: number }).port)}/v1/traces`;
  }
  close(): void {
    this.server.close();
  }
  get spans(): ExportedSpan[] {
    return this.exports.flatMap(({ resourceSpans }) =>
      resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)),
    );
  }
  private async receive(request: IncomingMessage): Promise<void> {
    expect(request.url).toBe('/v1/traces');
    let text = '';
    for await (const chunk of request) text += String(chunk);
    this.exports.push(JSON.parse(text) as Export);
  }
}

const INFER = { inputs: [{ name: 'x', datatype: 'FP32', shape: [1], data: [1] }] };

let service: Service;
afterEach(() => service.stop());

describe('with a collector', () => {
  let collector: Collector;
  beforeEach(async () => {
    collector = new Collector();
    service = await start({ workers: 1, tracing: { endpoint: await collector.listen(), sampleRatio: 0 } });
  });
  afterEach(() => {
    collector.close();
  });
  const flush = () => service.app.get(Tracing).flush();

  it('sends a span of the request in the trace of its caller, and one below it for each stage of the inference', async () => {
    const { headers } = await service.http
      .post('/predict')
      .set('traceparent', traceparent('01'))
      .send({ text: 'a secret' })
      .expect(200);
    await flush();
    const [attributes] = collector.exports.map(({ resourceSpans }) => resourceSpans[0]?.resource.attributes);
    expect(attributes).toContainEqual({ key: 'service.name', value: { stringValue: 'ml-inference' } });
    const request = collector.spans.find(({ name }) => name === 'POST /predict');
    expect(request).toMatchObject({ traceId: TRACE_ID, parentSpanId: PARENT_ID, kind: 2 });
    expect(headers.traceresponse).toBe(`00-${TRACE_ID}-${request?.spanId ?? ''}-01`);
    expect(request?.attributes).toContainEqual({ key: 'http.route', value: { stringValue: '/predict' } });
    expect(request?.attributes).toContainEqual({ key: 'http.response.status_code', value: { intValue: 200 } });
    const stages = collector.spans.filter(({ parentSpanId }) => parentSpanId === request?.spanId);
    expect(stages.map(({ name }) => name).sort()).toEqual(['batch', 'compute', 'queue', 'tokenize']);
    expect(JSON.stringify(collector.exports)).not.toContain('secret');
  });

  it('sends one span for a batch, with links to its requests, and from their time in the model to it', async () => {
    const requests = await Promise.all(
      ['01', '01', '00'].map((flags) =>
        service.http.post('/predict').set('traceparent', traceparent(flags)).send({ text: 'one of three' }).expect(200),
      ),
    );
    await flush();
    const sampled = requests.map(({ headers }) => headers.traceresponse?.split('-') ?? []).slice(0, 2);
    const batches = collector.spans.filter(({ name }) => name === 'batch');
    const linked = batches.flatMap(({ links }) => links.map(({ spanId }) => spanId));
    expect(linked.sort()).toEqual(sampled.map(([, , spanId]) => spanId).sort());
    for (const batch of batches) {
      expect(batch.parentSpanId).toBe(batch.links[0]?.spanId);
      expect(batch.attributes).toContainEqual({ key: 'inference.model', value: { stringValue: 'sentiment' } });
    }
    const computes = collector.spans.filter(({ name }) => name === 'compute');
    expect(computes.map(({ links }) => links.map(({ spanId }) => spanId))).toEqual(
      computes.map(({ parentSpanId }) => [
        batches.find(({ links }) => links.some(({ spanId }) => spanId === parentSpanId))?.spanId,
      ]),
    );
  });

  it('leaves out probes, scrapes and what the caller does not sample', async () => {
    for (const path of ['/health', '/ready', '/metrics', '/predict/1'])
      await service.http.get(path).set('traceparent', traceparent(path === '/predict/1' ? '00' : '01'));
    await service.http.get('/predict/2');
    await flush();
    expect(collector.spans).toEqual([]);
  });

  it('marks only the failures of the service as errors', async () => {
    await service.http.get('/predict/x').set('traceparent', traceparent('01')).expect(422);
    await service.http.get('/nowhere').set('traceparent', traceparent('01')).expect(404);
    await flush();
    expect(collector.spans.map(({ name, status }) => [name, status.code])).toEqual([
      ['GET /predict/:value', 0],
      ['GET', 0],
    ]);
  });
});

it('answers as well when the collector is away, and says so in the log', async () => {
  const warn = vi.spyOn(JsonLogger.prototype, 'warn').mockReturnValue();
  service = await start({ workers: 1, tracing: { endpoint: 'http://127.0.0.1:1/v1/traces' } });
  await service.http.get('/predict/1').expect(200);
  await service.app.get(Tracing).flush();
  await service.http.get('/predict/1').expect(200);
  expect(warn).toHaveBeenCalledWith('traces could not be sent to the collector', expect.anything());
});

/** What `work` has written to the log. */
async function logged(work: (lines: string[]) => Promise<void>): Promise<string[]> {
  const lines: string[] = [];
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((line) => {
    lines.push(String(line));
    return true;
  });
  await work(lines).finally(() => {
    write.mockRestore();
  });
  return lines;
}

describe('without a collector', () => {
  it('writes the ids of request and trace into every line that a request causes, and no text', async () => {
    const lines = await logged(async (lines) => {
      service = await start({ workers: 1, logLevel: 'debug' });
      await service.http
        .post('/predict')
        .set({ traceparent: traceparent('00'), 'x-request-id': 'my-id' })
        .send({ text: 'a secret' })
        .expect(200);
      await vi.waitFor(() => {
        expect(lines.join('')).toContain('my-id');
      });
    });
    const entry = JSON.parse(lines.find((line) => line.includes('my-id')) ?? '{}') as object;
    expect(entry).toMatchObject({ message: 'request', request_id: 'my-id', trace_id: TRACE_ID, endpoint: '/predict' });
    expect(lines.join('')).not.toContain('secret');
  });

  it('writes them into the line of a failure as well', async () => {
    const ids = { traceparent: traceparent('00'), 'x-request-id': 'my-id' };
    service = await startFake();
    const lines = await logged(async () => {
      await service.http.post('/v2/models/broken/infer').set(ids).send(INFER).expect(500);
    });
    expect(lines.map((line) => JSON.parse(line) as object)).toEqual([
      expect.objectContaining({ message: 'request failed', request_id: 'my-id', trace_id: TRACE_ID }),
    ]);
  });

  it('says in Server-Timing where the time of an inference went', async () => {
    service = await start({ workers: 1 });
    const { headers } = await service.http.post('/predict').send({ text: 'fine' }).expect(200);
    const timing = Object.fromEntries(
      (headers['server-timing'] ?? '').split(', ').map((entry) => entry.split(';dur=') as [string, string]),
    );
    expect(Object.keys(timing)).toEqual(['queue', 'tokenize', 'compute', 'total']);
    const { queue, tokenize, compute, total } = timing;
    expect(Number(compute)).toBeGreaterThan(0);
    expect(Number(queue) + Number(tokenize) + Number(compute)).toBeLessThanOrEqual(Number(total));
    expect((await service.http.get('/health')).headers).not.toHaveProperty('server-timing');
  });
});
