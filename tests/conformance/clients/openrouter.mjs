// The `@openrouter/ai-sdk-provider` with the `ai` SDK.
import assert from 'node:assert/strict';
import { createOpenRouter } from '@openrouter/ai-sdk-provider';
import { APICallError, generateText, jsonSchema, Output, stepCountIs, streamText, tool } from 'ai';
import { Heard, png, question, reportSchema, results, system, weatherSchema } from './shared.mjs';

export const name = 'openrouter';
export const sdk = '`@openrouter/ai-sdk-provider`, `ai`';

const modelOf = (ctx, settings) =>
  createOpenRouter({ baseURL: `${ctx.url}/api/v1`, apiKey: 'sk-test', compatibility: 'strict' }).chat(ctx.model, settings);
const weather = () =>
  tool({
    description: 'The weather now',
    inputSchema: jsonSchema(weatherSchema),
    execute: async ({ city }) => results[city],
  });
const usual = (ctx, more, settings) => ({
  model: modelOf(ctx, settings),
  system,
  prompt: question,
  maxRetries: 0,
  ...more,
});

function usageOf(usage) {
  return {
    input: usage.inputTokens,
    cached: usage.inputTokenDetails?.cacheReadTokens ?? usage.cachedInputTokens ?? 0,
    output: usage.outputTokens,
  };
}

async function toolSteps(ctx, more = {}, settings = {}) {
  const answer = await generateText(usual(ctx, { tools: { weather: weather() }, stopWhen: stepCountIs(2), ...more }, settings));
  const [first] = answer.steps;
  return {
    reasoning: first.reasoningText,
    calls: first.toolCalls.map((c) => ({ name: c.toolName, input: c.input })),
    text: answer.text,
  };
}

export const features = {
  async text(ctx) {
    const answer = await generateText(usual(ctx));
    assert.equal(answer.finishReason, 'stop');
    return { text: answer.text, usage: usageOf(answer.usage) };
  },
  async stream(ctx) {
    const heard = new Heard();
    const answer = streamText(usual(ctx));
    for await (const delta of answer.textStream) heard.add(delta);
    assert.equal(await answer.finishReason, 'stop');
    return { ...heard, usage: usageOf(await answer.usage) };
  },
  async tools(ctx) {
    const { calls, text } = await toolSteps(ctx);
    return { calls, text };
  },
  async parallel(ctx) {
    const { calls, text } = await toolSteps(ctx);
    return { calls, text };
  },
  async image(ctx) {
    const content = [
      { type: 'text', text: question },
      { type: 'file', data: png, mediaType: 'image/png' },
    ];
    const answer = await generateText({ model: modelOf(ctx), messages: [{ role: 'user', content }], maxRetries: 0 });
    return { text: answer.text };
  },
  async structured(ctx) {
    const answer = await generateText(usual(ctx, { output: Output.object({ schema: jsonSchema(reportSchema), name: 'report' }) }));
    return { object: answer.output };
  },
  async reasoning(ctx) {
    const { reasoning, text } = await toolSteps(ctx, { maxOutputTokens: 4096 }, { reasoning: { effort: 'low' } });
    return { reasoning, text };
  },
  async error(ctx) {
    await assert.rejects(generateText(usual(ctx)), (e) => APICallError.isInstance(e) && e.statusCode === 429);
  },
  async cancel(ctx) {
    const stop = new AbortController();
    const answer = streamText(usual(ctx, { abortSignal: stop.signal, onError: () => {} }));
    // What is promised of a whole answer is rejected, whoever asked for it.
    for (const promised of [answer.text, answer.usage, answer.finishReason]) Promise.resolve(promised).catch(() => {});
    for await (const delta of answer.textStream) if (delta) stop.abort();
  },
};

export async function* deltas(ctx) {
  yield* streamText(usual(ctx)).textStream;
}
