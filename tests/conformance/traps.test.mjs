// Requests that real clients send and that vendors refuse as they are: each dialect's double takes what the
// gateway makes of them. The names say which trap of a vendor's it is.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { clients } from './clients/index.mjs';
import { png, reportSchema } from './clients/shared.mjs';
import { farSides } from './matrix/far_sides.mjs';
import { provider, startMatrix } from './matrix/gateway.mjs';

const client = clients.find((c) => c.name === 'openai-chat');
const pairs = farSides.map((far) => ({ client, far }));

let matrix;
before(async () => (matrix = await startMatrix(pairs)));
after(() => matrix.stop());

const user = (content) => ({ role: 'user', content });
const call = (id, args = '{}') => ({ id, type: 'function', function: { name: 'f', arguments: args } });
const calls = (...list) => ({ role: 'assistant', content: null, tool_calls: list });
const result = (id, content = 'done') => ({ role: 'tool', tool_call_id: id, content });
const tool = (parameters) => ({ type: 'function', function: { name: 'f', ...(parameters && { parameters }) } });
const tools = [tool({ type: 'object', properties: { a: { type: 'string' } } })];

const requests = {
  'an empty text beside tool calls': {
    messages: [user('hi'), { ...calls(call('c1')), content: '' }, result('c1')],
    tools,
  },
  'an empty text of the user among others': { messages: [user(''), user('hi')] },
  'two results of one turn, and a question behind them': {
    messages: [user('hi'), calls(call('c1'), call('c2')), result('c2'), result('c1'), user('and now?')],
    tools,
  },
  'ids that other vendors refuse': { messages: [user('hi'), calls(call('functions.f:0')), result('functions.f:0')], tools },
  'a call without arguments': { messages: [user('hi'), calls(call('c1', '')), result('c1')], tools },
  'a result without text': { messages: [user('hi'), calls(call('c1')), result('c1', '')], tools },
  'results and an answer, then the next round': {
    messages: [user('hi'), calls(call('c1')), result('c1'), { role: 'assistant', content: 'so' }, user('more'), calls(call('c2')), result('c2')],
    tools,
  },
  'a history that the assistant begins': { messages: [{ role: 'assistant', content: 'Hello.' }, user('hi')] },
  'a system text in the middle': { messages: [user('hi'), { role: 'assistant', content: 'ho' }, { role: 'system', content: 'be brief' }, user('go on')] },
  'a developer text': { messages: [{ role: 'developer', content: 'be brief' }, user('hi')] },
  'turns of the same role in a row': { messages: [user('one'), user('two'), { role: 'assistant', content: 'a' }, { role: 'assistant', content: 'b' }, user('c')] },
  'a temperature above one': { messages: [user('hi')], temperature: 1.7 },
  'temperature and top_p together': { messages: [user('hi')], temperature: 0.5, top_p: 0.9 },
  'stop texts, one of them blank': { messages: [user('hi')], stop: ['END', ' '] },
  'a tool without parameters': { messages: [user('hi')], tools: [tool()] },
  'a tool with an empty object': { messages: [user('hi')], tools: [tool({ type: 'object', properties: {} })] },
  'a schema with references': {
    messages: [user('hi')],
    tools: [
      tool({
        type: 'object',
        $defs: { p: { type: 'object', properties: { x: { type: ['number', 'null'] } }, additionalProperties: false } },
        properties: { at: { $ref: '#/$defs/p' }, kind: { const: 'point' } },
        additionalProperties: false,
      }),
    ],
  },
  'a forced tool with reasoning': { messages: [user('hi')], tools, tool_choice: 'required', reasoning_effort: 'high', max_completion_tokens: 9000 },
  'a named tool and one call at a time': {
    messages: [user('hi')],
    tools,
    tool_choice: { type: 'function', function: { name: 'f' } },
    parallel_tool_calls: false,
  },
  'reasoning with a small limit': { messages: [user('hi')], reasoning_effort: 'high', max_completion_tokens: 500 },
  'reasoning with a temperature': { messages: [user('hi')], reasoning_effort: 'low', temperature: 0.3, max_completion_tokens: 9000 },
  'a tiny limit': { messages: [user('hi')], max_tokens: 5 },
  'a schema that is open': {
    messages: [user('hi')],
    response_format: { type: 'json_schema', json_schema: { name: 'r', schema: { type: 'object', properties: { a: { type: 'string' } } } } },
  },
  'a schema beside tools': {
    messages: [user('hi')],
    tools,
    response_format: { type: 'json_schema', json_schema: { name: 'r', strict: true, schema: reportSchema } },
  },
  'JSON without a schema': { messages: [user('answer as json')], response_format: { type: 'json_object' } },
  'an image behind tool results': {
    messages: [
      user('hi'),
      calls(call('c1')),
      result('c1'),
      user([{ type: 'image_url', image_url: { url: `data:image/png;base64,${png}` } }, { type: 'text', text: 'this?' }]),
    ],
    tools,
  },
  'a last word of the assistant that ends in space': { messages: [user('hi'), { role: 'assistant', content: 'Well ' }] },
  'names on messages, a user, a seed, metadata': {
    messages: [{ ...user('hi'), name: 'ann' }],
    user: 'u-1',
    seed: 7,
    metadata: { a: 'b' },
    frequency_penalty: 0.5,
  },
};

for (const far of farSides) {
  for (const [what, request] of Object.entries(requests)) {
    test(`${what}: ${far.name} takes it`, async () => {
      await matrix.double.behave({ strict: true, ...far.behaviour, text: 'fine' });
      const answer = await fetch(`${matrix.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model: `${provider(client, far)}/${far.model}`, ...request }),
      });
      const body = await answer.json();
      assert.equal(answer.status, 200, JSON.stringify(body));
      assert.equal(body.choices[0].message.content, 'fine');
    });
  }
}
