// The `@google/genai` SDK.
import assert from 'node:assert/strict';
import { ApiError, GoogleGenAI } from '@google/genai';
import { Heard, png, question, reportSchema, results, system, weatherSchema } from './shared.mjs';

export const name = 'gemini';
export const sdk = '`@google/genai`';

const tools = [
  { functionDeclarations: [{ name: 'weather', description: 'The weather now', parametersJsonSchema: weatherSchema }] },
];
const clientOf = (ctx) => new GoogleGenAI({ apiKey: 'sk-test', httpOptions: { baseUrl: ctx.url, retryOptions: { attempts: 1 } } });
const request = (ctx, config, contents = question) => ({
  model: ctx.model,
  contents,
  config: { systemInstruction: system, ...config },
});

function usageOf(usage) {
  return {
    input: usage.promptTokenCount,
    cached: usage.cachedContentTokenCount ?? 0,
    output: (usage.candidatesTokenCount ?? 0) + (usage.thoughtsTokenCount ?? 0),
  };
}

async function toolTurns(ctx, more = {}) {
  const client = clientOf(ctx);
  const contents = [{ role: 'user', parts: [{ text: question }] }];
  const first = await client.models.generateContent(request(ctx, { tools, ...more }, contents));
  assert.ok(first.functionCalls?.length > 0);
  contents.push(first.candidates[0].content);
  contents.push({
    role: 'user',
    parts: first.functionCalls.map((c) => ({
      functionResponse: { name: c.name, ...(c.id && { id: c.id }), response: { output: results[c.args.city] } },
    })),
  });
  const second = await client.models.generateContent(request(ctx, { tools, ...more }, contents));
  return { first, calls: first.functionCalls.map((c) => ({ name: c.name, input: c.args })), text: second.text };
}

export const features = {
  async text(ctx) {
    const answer = await clientOf(ctx).models.generateContent(request(ctx));
    assert.equal(answer.candidates[0].finishReason, 'STOP');
    return { text: answer.text, usage: usageOf(answer.usageMetadata) };
  },
  async stream(ctx) {
    const heard = new Heard();
    let usage;
    let finish;
    for await (const chunk of await clientOf(ctx).models.generateContentStream(request(ctx))) {
      heard.add(chunk.text);
      usage = chunk.usageMetadata ?? usage;
      finish = chunk.candidates?.[0]?.finishReason ?? finish;
    }
    assert.equal(finish, 'STOP');
    return { ...heard, usage: usageOf(usage) };
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
    const contents = [{ role: 'user', parts: [{ text: question }, { inlineData: { mimeType: 'image/png', data: png } }] }];
    return { text: (await clientOf(ctx).models.generateContent(request(ctx, {}, contents))).text };
  },
  async structured(ctx) {
    const config = { responseMimeType: 'application/json', responseJsonSchema: reportSchema };
    const answer = await clientOf(ctx).models.generateContent(request(ctx, config));
    return { object: JSON.parse(answer.text) };
  },
  async reasoning(ctx) {
    const { first, text } = await toolTurns(ctx, { thinkingConfig: { includeThoughts: true, thinkingLevel: 'LOW' }, maxOutputTokens: 4096 });
    return { reasoning: first.candidates[0].content.parts.find((p) => p.thought)?.text, text };
  },
  async error(ctx) {
    await assert.rejects(
      clientOf(ctx).models.generateContent(request(ctx)),
      (e) => e instanceof ApiError && e.status === 429 && e.message.includes('RESOURCE_EXHAUSTED'),
    );
  },
  async cancel(ctx) {
    const stop = new AbortController();
    const stream = await clientOf(ctx).models.generateContentStream(request(ctx, { abortSignal: stop.signal }));
    await assert.rejects(async () => {
      for await (const chunk of stream) if (chunk.text) stop.abort();
    });
  },
};

export async function* deltas(ctx) {
  for await (const chunk of await clientOf(ctx).models.generateContentStream(request(ctx))) {
    if (chunk.text) yield chunk.text;
  }
}
