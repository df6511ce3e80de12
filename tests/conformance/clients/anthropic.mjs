// The `@anthropic-ai/sdk`.
import assert from 'node:assert/strict';
import Anthropic from '@anthropic-ai/sdk';
import { Heard, png, question, reportSchema, results, system, weatherSchema } from './shared.mjs';

export const name = 'anthropic-messages';
export const sdk = '`@anthropic-ai/sdk`';

const tools = [{ name: 'weather', description: 'The weather now', input_schema: weatherSchema }];
const clientOf = (ctx) => new Anthropic({ baseURL: ctx.url, apiKey: 'sk-test', maxRetries: 0 });
const request = (ctx, more) => ({
  model: ctx.model,
  max_tokens: 4096,
  system,
  messages: [{ role: 'user', content: question }],
  ...more,
});
const textOf = (message) => message.content.filter((b) => b.type === 'text').map((b) => b.text).join('');

function usageOf(usage) {
  const cached = usage.cache_read_input_tokens ?? 0;
  return { input: usage.input_tokens + cached + (usage.cache_creation_input_tokens ?? 0), cached, output: usage.output_tokens };
}

// Each turn through the stream helper, which puts the blocks together.
async function toolTurns(ctx, more = {}) {
  const client = clientOf(ctx);
  const messages = [{ role: 'user', content: question }];
  const first = await client.messages.stream(request(ctx, { messages, tools, ...more })).finalMessage();
  assert.equal(first.stop_reason, 'tool_use');
  const calls = first.content.filter((b) => b.type === 'tool_use');
  messages.push({ role: 'assistant', content: first.content });
  messages.push({
    role: 'user',
    content: calls.map((c) => ({ type: 'tool_result', tool_use_id: c.id, content: results[c.input.city] })),
  });
  const second = await client.messages.create(request(ctx, { messages, tools, ...more }));
  return { first, calls: calls.map((c) => ({ name: c.name, input: c.input })), text: textOf(second) };
}

export const features = {
  async text(ctx) {
    const answer = await clientOf(ctx).messages.create(request(ctx));
    assert.equal(answer.stop_reason, 'end_turn');
    return { text: textOf(answer), usage: usageOf(answer.usage) };
  },
  async stream(ctx) {
    const heard = new Heard();
    const stream = clientOf(ctx).messages.stream(request(ctx));
    stream.on('text', (delta) => heard.add(delta));
    const answer = await stream.finalMessage();
    assert.equal(textOf(answer), heard.text);
    assert.equal(answer.stop_reason, 'end_turn');
    return { ...heard, usage: usageOf(answer.usage) };
  },
  async tools(ctx) {
    const { calls, text } = await toolTurns(ctx);
    return { calls, text };
  },
  async parallel(ctx) {
    const { calls, text } = await toolTurns(ctx);
    return { calls, text };
  },
  async image(ctx) {
    const content = [
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: png } },
      { type: 'text', text: question },
    ];
    const answer = await clientOf(ctx).messages.create(request(ctx, { messages: [{ role: 'user', content }] }));
    return { text: textOf(answer) };
  },
  async structured(ctx) {
    const answer = await clientOf(ctx).messages.create(
      request(ctx, { output_config: { format: { type: 'json_schema', schema: reportSchema } } }),
    );
    return { object: JSON.parse(textOf(answer)) };
  },
  async reasoning(ctx) {
    const { first, text } = await toolTurns(ctx, { thinking: { type: 'enabled', budget_tokens: 1024 } });
    return { reasoning: first.content.find((b) => b.type === 'thinking')?.thinking, text };
  },
  async error(ctx) {
    await assert.rejects(
      clientOf(ctx).messages.create(request(ctx)),
      (e) => e instanceof Anthropic.RateLimitError && e.status === 429 && e.error.error.type === 'rate_limit_error',
    );
  },
  async cancel(ctx) {
    const stream = clientOf(ctx).messages.stream(request(ctx));
    stream.on('text', () => stream.abort());
    await assert.rejects(stream.finalMessage(), Anthropic.APIUserAbortError);
  },
};

export async function* deltas(ctx) {
  for await (const event of await clientOf(ctx).messages.create(request(ctx, { stream: true }))) {
    if (event.type === 'content_block_delta') yield event.delta.text;
  }
}
