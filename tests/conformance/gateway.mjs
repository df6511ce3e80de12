// A gateway with two upstream doubles behind it, as child processes.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export const programs = { gateway: process.env.NEARFAR, double: process.env.UPSTREAM_DOUBLE };

// Resolves with the first capture of `pattern` in the program's output, rejects when it ends before.
export async function start(program, args, pattern, environment = {}) {
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  });
  let errors = '';
  child.stderr.on('data', (bytes) => (errors += bytes));
  const found = new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const match = pattern.exec(line);
      if (match) resolve(match[1]);
    });
    child.on('exit', (code) => reject(new Error(`${program} ended with ${code}: ${errors}`)));
    child.on('error', reject);
  });
  return { child, found: await found };
}

export async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.on('exit', resolve));
  child.kill('SIGTERM');
  await gone;
}

export class Double {
  constructor(child, url) {
    this.child = child;
    this.url = url;
  }

  stop() {
    return stop(this.child);
  }

  async #control(method, path, body) {
    const answer = await fetch(`${this.url}/_double/${path}`, { method, body: body && JSON.stringify(body) });
    if (!answer.ok) throw new Error(await answer.text());
    return answer.json();
  }

  behave(behaviour) {
    return this.#control('PUT', 'behaviour', behaviour);
  }
  forget() {
    return this.#control('DELETE', 'requests');
  }
  release(count = 1) {
    return this.#control('GET', `release?count=${count}`);
  }
  async counters() {
    return (await this.#control('GET', 'requests')).counters;
  }
  async requests() {
    return (await this.#control('GET', 'requests')).requests;
  }

  // Waits until the counters satisfy `holds`.
  async until(holds) {
    for (let left = 200; left > 0; --left) {
      const counters = await this.counters();
      if (holds(counters)) return counters;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    throw new Error(`not reached: ${JSON.stringify(await this.counters())}`);
  }
}

const configuration = (near, far) => `version: 1
server: {listen: 127.0.0.1:0, admin: 127.0.0.1:0, state: state}
providers:
  near:
    tier: device
    preset: openai-compatible
    url: ${near}
    models: {small: {context: 8k, can: {tools: true, json: true}}}
  far:
    tier: remote
    preset: openai-compatible
    url: ${far}
    key: {env: NEARFAR_TEST_KEY}
    models: {large: {context: 128k, can: {tools: true, json: true}}}
models:
  auto: [near/small, far/large]
rules:
  - name: near-first
    prefer: [device, remote]
attempts:
  - name: default
    same_target: 1
    first_token: 5s
`;

export async function startDouble(name) {
  const { child, found } = await start(programs.double, ['--name', name, '--model', name], /^listening on (\S+)/);
  return new Double(child, found);
}

export async function startAll() {
  const folder = mkdtempSync(join(tmpdir(), 'nearfar-conformance-'));
  const doubles = [];
  for (const name of ['near', 'far']) {
    doubles.push(await startDouble(name));
  }
  const [near, far] = doubles;
  const file = join(folder, 'nearfar.yaml');
  writeFileSync(file, configuration(near.url, far.url));
  const gateway = await start(programs.gateway, ['serve', '--config', file], /^listening on (http:\S+)/, {
    NEARFAR_TEST_KEY: 'sk-test',
  });
  return {
    url: gateway.found,
    near,
    far,
    async stop() {
      await stop(gateway.child);
      await Promise.all(doubles.map((double) => stop(double.child)));
      rmSync(folder, { recursive: true });
    },
  };
}
