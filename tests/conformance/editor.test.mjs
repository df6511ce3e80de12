// The schema as an editor uses it: yaml-language-server over its standard input, as Neovim, Helix, Zed and VS
// Code run it; and as another validator reads it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import Ajv2020 from 'ajv/dist/2020.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const schemaFile = join(root, 'config', 'nearfar.schema.json');
const schema = JSON.parse(readFileSync(schemaFile, 'utf8'));

class LanguageServer {
  constructor() {
    const main = createRequire(import.meta.url).resolve('yaml-language-server/bin/yaml-language-server');
    this.process = spawn(process.execPath, [main, '--stdio'], { stdio: ['pipe', 'pipe', 'ignore'] });
    this.next = 1;
    this.waiting = new Map();
    this.found = new Map();
    let input = Buffer.alloc(0);
    this.process.stdout.on('data', (piece) => {
      input = Buffer.concat([input, piece]);
      for (;;) {
        const head = input.indexOf('\r\n\r\n');
        if (head < 0) return;
        const size = Number(/content-length: (\d+)/i.exec(input.subarray(0, head).toString())[1]);
        if (input.length < head + 4 + size) return;
        const message = JSON.parse(input.subarray(head + 4, head + 4 + size).toString());
        input = input.subarray(head + 4 + size);
        this.take(message);
      }
    });
  }

  take(message) {
    if (message.method === 'textDocument/publishDiagnostics') {
      this.found.get(message.params.uri)?.(message.params.diagnostics);
    } else if (message.method !== undefined && message.id !== undefined) {
      // It asks for its settings; these are the ones it has without an editor's.
      const result = message.method === 'workspace/configuration' ? message.params.items.map(() => ({})) : null;
      this.send({ id: message.id, result });
    } else if (message.id !== undefined) {
      this.waiting.get(message.id)?.(message);
      this.waiting.delete(message.id);
    }
  }

  send(message) {
    const text = Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...message }));
    this.process.stdin.write(`content-length: ${text.length}\r\n\r\n`);
    this.process.stdin.write(text);
  }

  async ask(method, params) {
    const id = this.next++;
    const answer = new Promise((resolve) => this.waiting.set(id, resolve));
    this.send({ id, method, params });
    const { result, error } = await answer;
    assert.equal(error, undefined);
    return result;
  }

  async start() {
    const capabilities = { textDocument: { completion: { completionItem: {} } } };
    await this.ask('initialize', { processId: process.pid, rootUri: pathToFileURL(root).href, capabilities });
    this.send({ method: 'initialized', params: {} });
  }

  // Opens a text and waits for what is underlined.
  open(uri, text) {
    const underlined = new Promise((resolve) => this.found.set(uri, resolve));
    this.send({ method: 'textDocument/didOpen', params: { textDocument: { uri, languageId: 'yaml', version: 1, text } } });
    return underlined;
  }

  complete(uri, line, character) {
    return this.ask('textDocument/completion', { textDocument: { uri }, position: { line, character } });
  }

  hover(uri, line, character) {
    return this.ask('textDocument/hover', { textDocument: { uri }, position: { line, character } });
  }
}

let server;
let folder;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nearfar-editor-'));
  writeFileSync(join(folder, 'nearfar.schema.json'), JSON.stringify(schema));
  server = new LanguageServer();
  await server.start();
});
after(() => {
  server.process.kill();
  rmSync(folder, { recursive: true });
});

const modeline = '# yaml-language-server: $schema=./nearfar.schema.json\n';
const start = `${modeline}version: 1\nproviders:\n  lab: {tier: self_hosted, preset: vllm, models: [m1]}\n`;
let files = 0;
async function edited(text) {
  const uri = pathToFileURL(join(folder, `edited-${(files += 1)}.yaml`)).href;
  writeFileSync(fileURLToPath(uri), text);
  return { uri, underlined: await server.open(uri, text) };
}
const words = (completion) => (completion.items ?? completion).map((item) => item.label);

test('the shipped file has nothing underlined, by its own first line', async () => {
  const file = join(root, 'config', 'nearfar.yaml');
  assert.deepEqual(await server.open(pathToFileURL(file).href, readFileSync(file, 'utf8')), []);
});

test('completes the keys of the file, of a rule, and the words of a key', async () => {
  const top = await edited(`${start}ru`);
  assert.ok(words(await server.complete(top.uri, 4, 2)).includes('rules'));
  const rule = await edited(`${start}rules:\n  - name: default\n    `);
  const keys = words(await server.complete(rule.uri, 6, 4));
  for (const key of ['when', 'only', 'prefer', 'order']) assert.ok(keys.includes(key), keys.join());
  assert.ok(!keys.includes('limits'));
  const order = await edited(`${start}rules:\n  - name: default\n    order: `);
  const orders = words(await server.complete(order.uri, 6, 11));
  for (const word of ['listed', 'price', 'balanced']) assert.ok(orders.includes(word), orders.join());
  const when = await edited(`${start}rules:\n  - name: default\n    when:\n      `);
  const facts = words(await server.complete(when.uri, 7, 6));
  for (const fact of ['network', 'battery', 'privacy']) assert.ok(facts.includes(fact), facts.join());
  assert.ok(facts.includes('spend'));
});

test('underlines a misspelt key, where it is', async () => {
  const { underlined } = await edited(`${start}rules:\n  - name: default\n    prefered: [remote]\n`);
  assert.equal(underlined.length, 1);
  assert.match(underlined[0].message, /prefered/);
  assert.deepEqual(underlined[0].range, { start: { line: 6, character: 4 }, end: { line: 6, character: 12 } });
});

test('underlines a unit that is missing and a word that is none, and says what is wanted', async () => {
  const { underlined } = await edited(`${start}attempts:\n  - name: default\n    stall: 4sec\nrules:\n  - name: default\n    order: cheap\n`);
  const said = underlined.map((one) => one.message).join('\n');
  assert.match(said, /a duration such as `4s`/);
  assert.match(said, /balanced/);
});

test('explains a key under the pointer', async () => {
  const { uri } = await edited(`${start}rules:\n  - name: default\n    order: price\n`);
  const { contents } = await server.hover(uri, 6, 5);
  assert.match(contents.value ?? contents, /inside a rank/);
});

test('is a schema of draft 2020-12 to a strict validator', () => {
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, strictTypes: false, strictRequired: false });
  for (const word of ['patternErrorMessage', 'enumDescriptions']) ajv.addKeyword(word);
  assert.equal(schema.$schema, 'https://json-schema.org/draft/2020-12/schema');
  const takes = ajv.compile(schema);
  const providers = { lab: { tier: 'self_hosted', preset: 'vllm', models: ['m1'] } };
  assert.ok(takes({ version: 1, providers }), JSON.stringify(takes.errors));
  assert.ok(takes({ version: 1, providers, rules: [{ name: 'a', when: { not: { any: [{ battery: '< 20%' }, { network: ['offline'] }] } } }] }));
  for (const wrong of [
    { version: 1 },
    { version: 1, providers, rulez: [] },
    { version: 1, providers, rules: [{ name: 'a', when: { battery: '< 20' } }] },
    { version: 1, providers, rules: [{ name: 'a', when: { spend: '> 5' } }] },
    { version: 1, providers: { lab: { ...providers.lab, tier: 'self-hosted' } } },
  ]) assert.ok(!takes(wrong), JSON.stringify(wrong));
});
