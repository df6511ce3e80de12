// What SDKs ask for besides conversations, through a gateway to providers of the shipped presets.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import { programs, start, startDouble, stop } from './gateway.mjs';

const configuration = (double) => `version: 1
server: {listen: 127.0.0.1:0, admin: 127.0.0.1:0, state: state}
providers:
  one: {tier: remote, preset: openai, url: ${double}/one, key: {env: NEARFAR_TEST_KEY}, models: {gpt-x: {context: 8k}, embed-x: {context: 8k}}}
  two: {tier: remote, preset: anthropic, url: ${double}/two, key: {env: NEARFAR_TEST_KEY}, models: {claude-x: {context: 8k}}}
  three: {tier: remote, preset: gemini, url: ${double}/three, key: {env: NEARFAR_TEST_KEY}, models: {gemini-3-x: {context: 8k}}}
models:
  auto: [one/gpt-x, two/claude-x]
`;

let folder;
let double;
let gateway;
let openai;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nearfar-surfaces-'));
  double = await startDouble('double');
  const file = join(folder, 'nearfar.yaml');
  writeFileSync(file, configuration(double.url));
  const environment = { NEARFAR_TEST_KEY: 'sk-test' };
  gateway = await start(programs.gateway, ['serve', '--config', file], /^listening on (http:\S+)/, environment);
  openai = new OpenAI({ baseURL: `${gateway.found}/v1`, apiKey: 'sk-any', maxRetries: 0 });
});
after(async () => {
  await stop(gateway.child);
  await double.stop();
  rmSync(folder, { recursive: true });
});

test('embeddings come back as the SDK asks for them', async () => {
  await double.behave({});
  const { data, usage } = await openai.embeddings.create({ model: 'one/embed-x', input: ['one', 'three'], dimensions: 4 });
  assert.deepEqual(data.map((d) => d.embedding.length), [4, 4]);
  assert.equal(data[0].embedding[0], (3 % 16) / 16 - 0.5);
  assert.ok(usage.prompt_tokens > 0);
});

test('the models are listed', async () => {
  const names = [];
  for await (const model of openai.models.list()) names.push(model.id);
  assert.ok(names.includes('auto'), names.join());
});

test('audio, moderations and images pass as they are, in both directions', async () => {
  await double.behave({});
  const speech = await openai.audio.speech.create({ model: 'one/gpt-x', voice: 'alloy', input: 'hello' });
  assert.equal(Buffer.from(await speech.arrayBuffer()).toString(), 'ID3 hello');
  const heard = await openai.audio.transcriptions.create({ model: 'one/gpt-x', file: new File(['RIFFxxxx'], 'a.wav') });
  assert.equal(heard.text, '8 bytes heard');
  assert.equal((await double.requests()).at(-1).body.includes('gpt-x'), true);
  assert.equal((await openai.moderations.create({ model: 'one/gpt-x', input: 'x' })).results[0].flagged, false);
  assert.equal((await openai.images.generate({ model: 'one/gpt-x', prompt: 'x', n: 2 })).data.length, 2);
});

test('text completions stream', async () => {
  await double.behave({ text: 'one two three' });
  let text = '';
  const stream = await openai.completions.create({ model: 'one/gpt-x', prompt: 'count', max_tokens: 50, stream: true });
  for await (const chunk of stream) text += chunk.choices[0]?.text ?? '';
  assert.equal(text, 'one two three');
});

test('tokens are counted by who can, in the words of who asks', async () => {
  await double.behave({ usage: { prompt_tokens: 42 } });
  const messages = [{ role: 'user', content: 'hi' }];
  const anthropic = new Anthropic({ baseURL: gateway.found, apiKey: 'sk-any', maxRetries: 0 });
  assert.equal((await anthropic.messages.countTokens({ model: 'two/claude-x', messages })).input_tokens, 42);
  // Chat Completions has no such thing: an estimate.
  assert.ok((await anthropic.messages.countTokens({ model: 'one/gpt-x', messages })).input_tokens > 0);
  const google = new GoogleGenAI({ apiKey: 'sk-any', httpOptions: { baseUrl: gateway.found } });
  assert.equal((await google.models.countTokens({ model: 'three/gemini-3-x', contents: 'hi' })).totalTokens, 42);
});

test('Anthropic clients find each version and header of theirs on the other side', async () => {
  await double.behave({});
  const anthropic = new Anthropic({ baseURL: gateway.found, apiKey: 'sk-any', maxRetries: 0 });
  const options = { headers: { 'anthropic-beta': 'context-1m-2025-08-07' } };
  await anthropic.messages.create({ model: 'two/claude-x', max_tokens: 9, messages: [{ role: 'user', content: 'hi' }] }, options);
  const headers = Object.fromEntries((await double.requests()).at(-1).headers.map(([k, v]) => [k.toLowerCase(), v]));
  assert.equal(headers['x-api-key'], 'sk-test');
  assert.equal(headers['anthropic-beta'], 'context-1m-2025-08-07');
  assert.match(headers['anthropic-version'], /^20\d\d-\d\d-\d\d$/);
});
