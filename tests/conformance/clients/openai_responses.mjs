// The `openai` SDK, Responses, without state: `store: false`, the history goes back item by item.
import assert from 'node:assert/strict';
import OpenAI from 'openai';
import { zodTextFormat } from 'openai/helpers/zod';
import { z } from 'zod';
import { Heard, png, question, results, system, weatherSchema } from './shared.mjs';

export const name = 'openai-responses';
export const sdk = '`openai`, `responses`';

const tools = [{ type: 'function', name: 'weather', parameters: weatherSchema, strict: true }];
const clientOf = (ctx) => new OpenAI({ baseURL: `${ctx.url}/v1`, apiKey: 'sk-test', maxRetries: 0 });
const request = (ctx, more) => ({ model: ctx.model, instructions: system, input: question, store: false, ...more });

function usageOf(usage) {
  return { input: usage.input_tokens, cached: usage.input_tokens_details?.cached_tokens ?? 0, output: usage.output_tokens };
}

async function toolTurns(ctx, more = {}) {
  const client = clientOf(ctx);
  const input = [{ role: 'user', content: question }];
  const first = await client.responses.create(request(ctx, { input, tools, ...more }));
  assert.equal(first.status, 'completed');
  const calls = first.output.filter((item) => item.type === 'function_call');
  input.push(...first.output);
  for (const call of calls) {
    const output = results[JSON.parse(call.arguments).city];
    input.push({ type: 'function_call_output', call_id: call.call_id, output });
  }
  const second = await client.responses.create(request(ctx, { input, tools, ...more }));
  return { first, calls: calls.map((c) => ({ name: c.name, input: JSON.parse(c.arguments) })), text: second.output_text };
}

export const features = {
  async text(ctx) {
    const answer = await clientOf(ctx).responses.create(request(ctx));
    assert.equal(answer.status, 'completed');
    return { text: answer.output_text, usage: usageOf(answer.usage) };
  },
  async stream(ctx) {
    const heard = new Heard();
    const stream = clientOf(ctx).responses.stream(request(ctx));
    stream.on('response.output_text.delta', (event) => heard.add(event.delta));
    const answer = await stream.finalResponse();
    assert.equal(answer.output_text, heard.text);
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
      { type: 'input_text', text: question },
      { type: 'input_image', detail: 'auto', image_url: `data:image/png;base64,${png}` },
    ];
    const answer = await clientOf(ctx).responses.create(request(ctx, { input: [{ role: 'user', content }] }));
    return { text: answer.output_text };
  },
  async structured(ctx) {
    const format = zodTextFormat(z.object({ city: z.string(), celsius: z.int() }), 'report');
    const answer = await clientOf(ctx).responses.parse(request(ctx, { text: { format } }));
    return { object: answer.output_parsed };
  },
  async reasoning(ctx) {
    const { first, text } = await toolTurns(ctx, {
      reasoning: { effort: 'low', summary: 'auto' },
      include: ['reasoning.encrypted_content'],
      max_output_tokens: 4096,
    });
    const item = first.output.find((i) => i.type === 'reasoning');
    return { reasoning: item?.summary.map((s) => s.text).join('') || item?.content?.map((c) => c.text).join(''), text };
  },
  async error(ctx) {
    await assert.rejects(
      clientOf(ctx).responses.create(request(ctx)),
      (e) => e instanceof OpenAI.RateLimitError && e.status === 429 && e.error.type.length > 0,
    );
  },
  async cancel(ctx) {
    const stream = await clientOf(ctx).responses.create(request(ctx, { stream: true }));
    for await (const event of stream) {
      if (event.type === 'response.output_text.delta') stream.controller.abort();
    }
  },
};

export async function* deltas(ctx) {
  for await (const event of await clientOf(ctx).responses.create(request(ctx, { stream: true }))) {
    if (event.type === 'response.output_text.delta') yield event.delta;
  }
}
