// One cell of the matrix: a client, a far side, a feature. What the client saw, and what reached the double.
import assert from 'node:assert/strict';
import { png, report, results } from '../clients/shared.mjs';

// How every signature begins that the double gives.
const signatureStart = 'ZG91YmxlOg';
const said = '谢谢 means "thank you" \\ 😀.';
const thought = 'The user wants weather.';
const one = [{ id: 'call_one', name: 'weather', arguments: '{"city": "Lisbon"}' }];
const two = [...one, { id: 'call_two', name: 'weather', arguments: '{"city": "Porto"}' }];
const usage = { prompt_tokens: 100, completion_tokens: 7, cached_tokens: 60 };
const calls = (list) => list.map((c) => ({ name: c.name, input: JSON.parse(c.arguments) }));

export const features = ['text', 'stream', 'tools', 'parallel', 'image', 'structured', 'reasoning', 'error', 'cancel'];

const scripts = {
  text: [{ text: said, usage }],
  stream: [{ text: said, usage }],
  tools: [{ tool_calls: one }, { text: said }],
  parallel: [{ tool_calls: two }, { text: said }],
  image: [{ text: said }],
  structured: [{ text: JSON.stringify(report) }],
  reasoning: [{ reasoning: thought, tool_calls: one }, { text: said }],
  error: [{ status: 429, error: { message: 'slow down', type: 'rate_limit_error', code: 'rate_limit_exceeded' } }],
  cancel: [{ tokens: 400, token_delay_ms: 20 }],
};

// Far sides say less of some things than others.
function usageWanted(far) {
  return { input: usage.prompt_tokens, cached: far.tellsCached ? usage.cached_tokens : 0, output: usage.completion_tokens };
}

// Everything that a JSON document has in strings, names too: the dialects differ in where they put things.
function words(body) {
  return JSON.stringify(JSON.parse(body));
}

const checks = {
  text(seen, bodies, far) {
    assert.equal(seen.text, said);
    assert.deepEqual(seen.usage, usageWanted(far));
    assert.ok(words(bodies[0]).includes('You are brief.'), 'the system text reached it');
  },
  stream(seen, bodies, far) {
    assert.equal(seen.text, said);
    assert.ok(seen.pieces > 3, `${seen.pieces} pieces`);
    assert.deepEqual(seen.usage, usageWanted(far));
  },
  tools(seen, bodies) {
    assert.deepEqual(seen.calls, calls(one));
    assert.equal(seen.text, said);
    assert.equal(bodies.length, 2);
    assert.ok(words(bodies[0]).includes('a town'), 'the schema reached it');
    assert.ok(words(bodies[1]).includes(results.Lisbon), 'the result reached it');
  },
  parallel(seen, bodies) {
    assert.deepEqual(seen.calls, calls(two));
    assert.equal(seen.text, said);
    for (const result of Object.values(results)) assert.ok(words(bodies[1]).includes(result), result);
  },
  image(seen, bodies) {
    assert.equal(seen.text, said);
    assert.ok(words(bodies[0]).includes(png), 'the image reached it');
  },
  structured(seen, bodies) {
    assert.deepEqual(seen.object, report);
    assert.ok(words(bodies[0]).includes('celsius'), 'the schema reached it');
  },
  reasoning(seen, bodies, far) {
    assert.equal(seen.reasoning, thought);
    assert.equal(seen.text, said);
    assert.equal(bodies.length, 2);
    if (far.signs) assert.ok(words(bodies[1]).includes(signatureStart), 'the signature came back');
  },
  error(seen, bodies) {
    assert.ok(bodies.length > 0);
  },
  cancel() {},
};

// Throws what is wrong. `ctx` is {url, model, double}.
export async function run(client, far, feature, ctx) {
  const queue = scripts[feature].map((b) => ({ strict: true, ...far.behaviour, ...b }));
  // A call to more than the script has is answered with its last part.
  await ctx.double.behave({ default: queue.at(-1), queue: queue.slice(0, -1) });
  await ctx.double.forget();
  const seen = await client.features[feature](ctx);
  if (feature === 'cancel') await ctx.double.until((c) => c.cancelled === 1);
  const requests = await ctx.double.requests();
  checks[feature](seen, requests.map((r) => r.body), far);
}

// Each delta arrives while the next one is still held back: nothing on the way waits for more.
export async function nothingWaits(client, far, ctx) {
  const script = ['one', ' two', ' three', ' four'];
  await ctx.double.behave({ strict: true, ...far.behaviour, script, gated: true });
  await ctx.double.release();
  const heard = [];
  for await (const text of client.deltas(ctx)) {
    heard.push(text);
    const last = heard.length === script.length;
    assert.equal((await ctx.double.counters()).completed, 0);
    // The end is a release of its own.
    await ctx.double.release(last ? 2 : 1);
  }
  assert.deepEqual(heard, script);
}
