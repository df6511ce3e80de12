// The `openai` SDK as it is published, against a gateway: what an application sees.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import OpenAI from 'openai';
import { startAll } from './gateway.mjs';

let all;
let client;
const question = { model: 'auto', messages: [{ role: 'user', content: 'How do I say thank you in Mandarin?' }] };

// A gateway each: what one test does to a target (a breaker, a park) is not the next one's business.
beforeEach(async () => {
  all = await startAll();
  client = new OpenAI({ baseURL: `${all.url}/v1`, apiKey: 'unused' });
});
afterEach(() => all.stop());

async function collect(stream) {
  const seen = { text: '', finish: null, usage: null, chunks: 0 };
  for await (const chunk of stream) {
    seen.chunks += 1;
    seen.text += chunk.choices[0]?.delta?.content ?? '';
    seen.finish = chunk.choices[0]?.finish_reason ?? seen.finish;
    seen.usage = chunk.usage ?? seen.usage;
  }
  return seen;
}

test('lists the models that a client may ask for', async () => {
  const names = [];
  for await (const model of client.models.list()) {
    assert.equal(model.object, 'model');
    names.push(model.id);
  }
  assert.ok(names.includes('auto'), names.join());
});

test('answers a chat with text, finish reason and usage', async () => {
  await all.near.behave({ text: '谢谢 (xièxie), "thanks" \\ 😀' });
  const { data, response } = await client.chat.completions.create(question).withResponse();
  assert.ok(data.choices[0].message.content.startsWith('谢谢 (xièxie), "thanks" \\ 😀'));
  assert.equal(data.choices[0].finish_reason, 'stop');
  assert.ok(data.usage.completion_tokens > 0);
  assert.equal(response.headers.get('x-nearfar-target'), 'near/small');
  assert.equal(response.headers.get('x-nearfar-tier'), 'device');
  assert.equal(response.headers.get('x-nearfar-attempts'), '1');
});

test('streams the same text that it answers at once', async () => {
  await all.near.behave({ text: '谢谢 😀 and more ' + 'words '.repeat(50) });
  const whole = await client.chat.completions.create(question);
  const seen = await collect(await client.chat.completions.create({ ...question, stream: true }));
  assert.equal(seen.text, whole.choices[0].message.content);
  assert.equal(seen.finish, 'stop');
  assert.ok(seen.chunks > 50, `${seen.chunks} chunks`);
});

test('gives usage in a stream to who asked for it, and to nobody else', async () => {
  const asked = await collect(
    await client.chat.completions.create({ ...question, stream: true, stream_options: { include_usage: true } }),
  );
  assert.ok(asked.usage.completion_tokens > 0);
  const silent = await collect(await client.chat.completions.create({ ...question, stream: true }));
  assert.equal(silent.usage, null);
});

test('streams tool calls that the SDK can put together', async () => {
  await all.near.behave({ tool_calls: [{ id: 'call_1', name: 'weather', arguments: '{"city": "Zürich"}' }] });
  await all.far.behave({ tool_calls: [{ id: 'call_1', name: 'weather', arguments: '{"city": "Zürich"}' }] });
  const stream = client.chat.completions.stream({
    ...question,
    tools: [{ type: 'function', function: { name: 'weather', parameters: { type: 'object', properties: {} } } }],
  });
  const answer = await stream.finalChatCompletion();
  const [call] = answer.choices[0].message.tool_calls;
  assert.equal(call.function.name, 'weather');
  assert.deepEqual(JSON.parse(call.function.arguments), { city: 'Zürich' });
  assert.equal(answer.choices[0].finish_reason, 'tool_calls');
});

test('answers from the next target when the first breaks before its first token', async () => {
  await all.near.behave({ break_with: 'reset', break_at: 'before_first_token' });
  const { data, response } = await client.chat.completions.create({ ...question, stream: true }).withResponse();
  const seen = await collect(data);
  assert.equal(seen.finish, 'stop');
  assert.equal(response.headers.get('x-nearfar-target'), 'far/large');
  assert.equal(response.headers.get('x-nearfar-attempts'), '2');
  const [request] = await all.far.requests();
  const authorization = request.headers.find(([name]) => name.toLowerCase() === 'authorization');
  assert.deepEqual(authorization[1], 'Bearer sk-test');
});

test('reads one answer when a stream breaks after its first token and the next target goes on', async () => {
  for (const how of ['cut', 'reset', 'error_event']) {
    await all.near.behave({ script: ['Thank', ' you', ' is', ' 谢谢'], break_with: how, after: 2 });
    await all.far.behave({ script: [' is', ' 谢谢', '.'] });
    const seen = await collect(await client.chat.completions.create({ ...question, stream: true }));
    assert.equal(seen.text, 'Thank you is 谢谢.', how);
    assert.equal(seen.finish, 'stop', how);
  }
});

// Reads as applications do: to the end of the loop, and whole only where that ends without an error.
async function brokenOff(query) {
  const heard = { text: '', deltas: 0, finish: null };
  await assert.rejects(
    async () => {
      for await (const chunk of await client.chat.completions.create({ ...question, stream: true, ...query })) {
        heard.text += chunk.choices[0]?.delta?.content ?? '';
        heard.deltas += 1;
        heard.finish = chunk.choices[0]?.finish_reason ?? heard.finish;
      }
    },
    (error) => {
      heard.error = error;
      return error instanceof OpenAI.APIError;
    },
  );
  assert.notEqual(heard.finish, 'stop');
  assert.notEqual(heard.finish, 'tool_calls');
  return heard;
}

test('throws when a stream breaks and nobody is left to go on, and keeps what came', async () => {
  for (const how of ['cut', 'reset', 'error_event']) {
    await all.near.behave({ tokens: 20, break_with: how, break_at: 'after_tokens', after: 5 });
    const heard = await brokenOff({ model: 'near/small' });
    assert.notEqual(heard.text, '', how);
  }
  assert.equal((await all.far.counters()).requests, 0);
});

const tools = [{ type: 'function', function: { name: 'weather', parameters: { type: 'object', properties: {} } } }];
const uncontinuable = {
  'a tool call has begun': {
    behaviour: { tool_calls: [{ id: 'call_1', name: 'weather', arguments: '{"city": "Zürich"}' }], after: 1 },
    query: { tools },
    because: /tool call/,
  },
  'it is JSON by schema': {
    behaviour: { text: '{"city": "Zürich", "warm": true}', after: 2 },
    query: { response_format: { type: 'json_schema', json_schema: { name: 'weather', schema: { type: 'object' } } } },
    because: /JSON/,
  },
  'it is still reasoning': {
    behaviour: { reasoning: 'let me think about the weather', after: 3 },
    query: {},
    because: /reason/,
  },
  'several answers were asked for': { behaviour: { after: 4 }, query: { n: 2 }, because: /choices/ },
};
for (const [when, { behaviour, query, because }] of Object.entries(uncontinuable)) {
  test(`throws, and says why, when a stream breaks that must not be continued: ${when}`, async () => {
    for (const how of ['cut', 'reset', 'error_event']) {
      await all.near.behave({ ...behaviour, break_with: how, break_at: 'after_tokens' });
      const heard = await brokenOff(query);
      assert.ok(heard.deltas > 0, `${how}: broke before the first delta`);
      assert.match(heard.error.message, because, how);
    }
    assert.equal((await all.far.counters()).requests, 0);
  });
}

test('the helper of the SDK rejects a tool call that broke off', async () => {
  await all.near.behave({ ...uncontinuable['a tool call has begun'].behaviour, break_with: 'cut' });
  const stream = client.chat.completions.stream({ ...question, tools });
  await assert.rejects(stream.finalChatCompletion(), OpenAI.OpenAIError);
});

test('stops the upstream when the application aborts', async () => {
  await all.near.behave({ tokens: 10_000, token_delay_ms: 10 });
  const stream = await client.chat.completions.create({ ...question, stream: true });
  for await (const chunk of stream) if (chunk.choices[0]?.delta?.content) break;
  stream.controller.abort();
  const counters = await all.near.until((now) => now.cancelled === 1);
  assert.equal(counters.completed, 0);
});

test('raises the error class of the status: unknown model, bad request', async () => {
  await assert.rejects(client.chat.completions.create({ ...question, model: 'nobody-has-this' }), OpenAI.NotFoundError);
  await all.near.behave({ status: 400, error: { message: 'messages: too few', type: 'invalid_request_error' } });
  await assert.rejects(client.chat.completions.create(question), (error) => {
    assert.ok(error instanceof OpenAI.BadRequestError);
    assert.match(error.message, /too few/);
    return true;
  });
  assert.equal((await all.far.counters()).requests, 0);
});

test('is not asked again by the SDK when every target has failed', async () => {
  await Promise.all([all.near.behave({ status: 500 }), all.far.behave({ status: 500 })]);
  await assert.rejects(client.chat.completions.create(question), OpenAI.InternalServerError);
  assert.equal((await all.near.counters()).requests, 1);
  assert.equal((await all.far.counters()).requests, 1);
});
