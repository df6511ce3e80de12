// The `openai` SDK, Chat Completions.
import assert from 'node:assert/strict';
import OpenAI from 'openai';
import { zodResponseFormat } from 'openai/helpers/zod';
import { z } from 'zod';
import { Heard, png, question, results, system, weatherSchema } from './shared.mjs';

export const name = 'openai-chat';
export const sdk = '`openai`, `chat.completions`';

const messages = () => [
  { role: 'system', content: system },
  { role: 'user', content: question },
];
const tools = [
  {
    type: 'function',
    function: {
      name: 'weather',
      description: 'The weather now',
      parameters: weatherSchema,
      function: ({ city }) => results[city],
      parse: JSON.parse,
    },
  },
];
const plainTools = [{ type: 'function', function: { name: 'weather', parameters: weatherSchema } }];

const clientOf = (ctx) => new OpenAI({ baseURL: `${ctx.url}/v1`, apiKey: 'sk-test', maxRetries: 0 });

function usageOf(usage) {
  return { input: usage.prompt_tokens, cached: usage.prompt_tokens_details?.cached_tokens ?? 0, output: usage.completion_tokens };
}

// By hand, as agents do it: the turn goes back as it came.
async function toolTurns(client, ctx, more = {}) {
  const history = messages();
  const first = await client.chat.completions.create({ model: ctx.model, messages: history, tools: plainTools, ...more });
  assert.equal(first.choices[0].finish_reason, 'tool_calls');
  const said = first.choices[0].message;
  history.push(said);
  for (const call of said.tool_calls) {
    const content = results[JSON.parse(call.function.arguments).city];
    history.push({ role: 'tool', tool_call_id: call.id, content });
  }
  const second = await client.chat.completions.create({ model: ctx.model, messages: history, tools: plainTools, ...more });
  return { said, text: second.choices[0].message.content };
}

export const features = {
  async text(ctx) {
    const answer = await clientOf(ctx).chat.completions.create({ model: ctx.model, messages: messages() });
    assert.equal(answer.choices[0].finish_reason, 'stop');
    return { text: answer.choices[0].message.content, usage: usageOf(answer.usage) };
  },
  async stream(ctx) {
    const heard = new Heard();
    let usage;
    let finish;
    const stream = await clientOf(ctx).chat.completions.create({
      model: ctx.model,
      messages: messages(),
      stream: true,
      stream_options: { include_usage: true },
    });
    for await (const chunk of stream) {
      heard.add(chunk.choices[0]?.delta?.content);
      finish = chunk.choices[0]?.finish_reason ?? finish;
      usage = chunk.usage ?? usage;
    }
    assert.equal(finish, 'stop');
    return { ...heard, usage: usageOf(usage) };
  },
  async tools(ctx) {
    const runner = clientOf(ctx).chat.completions.runTools({ model: ctx.model, messages: messages(), tools, stream: true });
    const text = await runner.finalContent();
    const [call] = runner.messages.find((m) => m.tool_calls)?.tool_calls ?? [];
    return { text, calls: [{ name: call.function.name, input: JSON.parse(call.function.arguments) }] };
  },
  async parallel(ctx) {
    const { said, text } = await toolTurns(clientOf(ctx), ctx);
    return { text, calls: said.tool_calls.map((c) => ({ name: c.function.name, input: JSON.parse(c.function.arguments) })) };
  },
  async image(ctx) {
    const answer = await clientOf(ctx).chat.completions.create({
      model: ctx.model,
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: question },
            { type: 'image_url', image_url: { url: `data:image/png;base64,${png}` } },
          ],
        },
      ],
    });
    return { text: answer.choices[0].message.content };
  },
  async structured(ctx) {
    const format = zodResponseFormat(z.object({ city: z.string(), celsius: z.int() }), 'report');
    const answer = await clientOf(ctx).chat.completions.parse({ model: ctx.model, messages: messages(), response_format: format });
    return { object: answer.choices[0].message.parsed };
  },
  async reasoning(ctx) {
    const { said, text } = await toolTurns(clientOf(ctx), ctx, { reasoning_effort: 'low', max_completion_tokens: 4096 });
    return { reasoning: said.reasoning_content ?? said.reasoning, text };
  },
  async error(ctx) {
    await assert.rejects(
      clientOf(ctx).chat.completions.create({ model: ctx.model, messages: messages() }),
      (e) => e instanceof OpenAI.RateLimitError && e.status === 429 && e.error.type.length > 0,
    );
  },
  async cancel(ctx) {
    const stream = await clientOf(ctx).chat.completions.create({ model: ctx.model, messages: messages(), stream: true });
    for await (const chunk of stream) {
      if (chunk.choices[0]?.delta?.content) stream.controller.abort();
    }
  },
};

export async function* deltas(ctx) {
  const stream = await clientOf(ctx).chat.completions.create({ model: ctx.model, messages: messages(), stream: true });
  for await (const chunk of stream) {
    const text = chunk.choices[0]?.delta?.content;
    if (text) yield text;
  }
}
