import { afterAll, beforeAll, expect, it } from 'vitest';
import { ModelRuntime } from '../dist/runtime/model-runtime.js';
import { type Service, start } from './support.js';

let service: Service;
beforeAll(async () => {
  service = await start({ workers: 1 });
});
afterAll(() => service.stop());

const scrape = async () => (await service.http.get('/metrics').expect(200)).text.split('\n');
const sample = (lines: string[], series: string) => {
  const line = lines.find((candidate) => candidate.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.split(' ')[1]);
};

it('tells what waits, what runs and what it took', async () => {
  await service.http.get('/predict/1').expect(200);
  const texts = Array.from({ length: 20 }, (_, i) => `${'a long text '.repeat(i)}and a short one`);
  await service.http.post('/predict/batch').send({ texts }).expect(200);
  const lines = await scrape();
  for (const name of ['queue_duration_seconds', 'batch_size'])
    expect(sample(lines, `inference_${name}_count{model="linear"}`)).toBe(1);
  expect(sample(lines, 'inference_compute_duration_seconds_count{model="linear",version="v1.1.0"}')).toBe(1);
  expect(sample(lines, 'inference_batch_size_sum{model="linear"}')).toBe(1);
  expect(sample(lines, 'inference_batch_size_sum{model="sentiment"}')).toBe(20);
  // Each text of a list waits by itself, for others of its length.
  expect(sample(lines, 'inference_queue_duration_seconds_count{model="sentiment"}')).toBe(20);
  const batches = sample(lines, 'inference_batch_size_count{model="sentiment"}');
  expect(sample(lines, 'inference_tokenize_duration_seconds_count{model="sentiment"}')).toBe(batches);
  expect(sample(lines, 'inference_batch_padding_ratio_count{model="sentiment"}')).toBe(batches);
  expect(sample(lines, 'inference_batch_tokens_count{model="sentiment"}')).toBe(batches);
  expect(sample(lines, 'inference_batch_tokens_sum{model="sentiment"}')).toBeGreaterThan(20 * 8);
  expect(sample(lines, 'inference_tokenize_duration_seconds_count{model="linear"}')).toBeUndefined();
  const released = lines.filter((line) =>
    /^inference_batch_release_total\{model="sentiment",reason="(full|idle)"\}/.test(line),
  );
  expect(released.reduce((sum, line) => sum + Number(line.split(' ')[1]), 0)).toBe(batches);
  expect(sample(lines, 'inference_queue_depth{model="linear"}')).toBe(0);
  expect(sample(lines, 'inference_workers{state="idle"}')).toBe(1);
  expect(sample(lines, 'inference_workers{state="busy"}')).toBe(0);
});

it('counts what became of inferences, those too that were not run', async () => {
  const { name, version } = service.app
    .get(ModelRuntime)
    .manifests()
    .find((manifest) => manifest.name === 'house-price')!;
  const infer = (terms: object) =>
    service.app
      .get(ModelRuntime)
      .infer({ model: name, inputs: [], ...terms })
      .catch(() => undefined);
  await infer({});
  await infer({ signal: AbortSignal.abort() });
  await infer({ deadline: performance.now() - 1 });
  await infer({ model: 'unknown' });
  const lines = await scrape();
  const outcomes = lines.flatMap(
    (line) => /^model_inferences_total\{model="house-price",(.*)\} (\d+)/.exec(line)?.slice(1) ?? [],
  );
  expect(outcomes).toEqual(
    ['invalid', 'cancelled', 'deadline'].flatMap((outcome) => [`version="${version}",outcome="${outcome}"`, '1']),
  );
  expect(lines.join('\n')).not.toContain('model="unknown"');
});

it('shows the version of each model and forgets one that is unloaded', async () => {
  const [manifest] = service.app
    .get(ModelRuntime)
    .manifests()
    .filter(({ name }) => name === 'linear');
  const labels = `model="linear",version="${manifest!.version}"`;
  const info = `model_info{${labels},sha256="${manifest!.files[0]!.sha256}"}`;
  const before = await scrape();
  expect(sample(before, `model_ready{${labels}}`)).toBe(1);
  expect(sample(before, info)).toBe(1);
  expect(sample(before, `model_load_duration_seconds{${labels}}`)).toBeGreaterThan(0);
  await service.app.get(ModelRuntime).unload('linear');
  const after = await scrape();
  expect(sample(after, `model_ready{${labels}}`)).toBe(0);
  expect(sample(after, info)).toBeUndefined();
  expect(sample(after, 'inference_queue_depth{model="linear"}')).toBeUndefined();
});

it('has at most 15 buckets in each histogram', async () => {
  const counts = new Map<string, number>();
  for (const line of await scrape()) {
    const series = /^(\w+_bucket)\{le="[^"]+"(.*)\}/.exec(line);
    if (series) counts.set(`${series[1]!}${series[2]!}`, (counts.get(`${series[1]!}${series[2]!}`) ?? 0) + 1);
  }
  expect(counts.size).toBeGreaterThan(10);
  expect(Math.max(...counts.values())).toBeLessThanOrEqual(15);
});
