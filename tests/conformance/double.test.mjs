// Each SDK against the upstream double itself, without a gateway: the double is what the vendors' own
// SDKs take for their vendor, and its rules accept what they send.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import { clients } from './clients/index.mjs';
import { startDouble } from './gateway.mjs';
import { features, run } from './matrix/cell.mjs';
import { farSides } from './matrix/far_sides.mjs';

let double;
before(async () => (double = await startDouble('double')));
after(() => double.stop());

const spoken = {
  openrouter: { name: 'openai-chat', model: 'anthropic/any', tellsCached: true, behaviour: { vendor: 'openrouter' } },
};

// Of the vendors whose Chat Completions reason in the open this one takes no schema.
function openaiChat(feature) {
  const vendor = feature.startsWith('structured') ? 'openai' : 'deepseek';
  return { name: 'openai-chat', model: 'any', tellsCached: true, behaviour: { vendor } };
}

for (const client of clients) {
  for (const feature of features) {
    const far =
      client.name === 'openai-chat'
        ? openaiChat(feature)
        : (spoken[client.name] ?? farSides.find((f) => f.name === client.name));
    test(`${client.name}: ${feature}, SDK and double alone`, () =>
      run(client, far, feature, { url: double.url, model: far.model, double }));
  }
}

test('openai: embeddings, models, moderations and speech, SDK and double alone', async () => {
  await double.behave({});
  const client = new OpenAI({ baseURL: `${double.url}/v1`, apiKey: 'sk-test', maxRetries: 0 });
  const { data } = await client.embeddings.create({ model: 'm', input: ['one', 'three'], dimensions: 4 });
  assert.deepEqual(data.map((d) => d.embedding.length), [4, 4]);
  const models = [];
  for await (const model of client.models.list()) models.push(model.id);
  assert.deepEqual(models, ['double']);
  assert.equal((await client.moderations.create({ input: 'x' })).results[0].flagged, false);
  const speech = await client.audio.speech.create({ model: 'm', voice: 'alloy', input: 'hello' });
  assert.equal(Buffer.from(await speech.arrayBuffer()).toString(), 'ID3 hello');
  const heard = await client.audio.transcriptions.create({ model: 'm', file: new File(['RIFFxxxx'], 'a.wav') });
  assert.equal(heard.text, '8 bytes heard');
});

test('anthropic and gemini: tokens are counted and models listed, SDK and double alone', async () => {
  await double.behave({ usage: { prompt_tokens: 42 } });
  const anthropic = new Anthropic({ baseURL: double.url, apiKey: 'sk-test', maxRetries: 0 });
  const messages = [{ role: 'user', content: 'hi' }];
  assert.equal((await anthropic.messages.countTokens({ model: 'm', messages })).input_tokens, 42);
  assert.equal((await anthropic.models.list()).data[0].id, 'double');
  const google = new GoogleGenAI({ apiKey: 'sk-test', httpOptions: { baseUrl: double.url } });
  assert.equal((await google.models.countTokens({ model: 'm', contents: 'hi' })).totalTokens, 42);
});
