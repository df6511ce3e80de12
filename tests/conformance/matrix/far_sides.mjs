// Where a gateway sends what a client asked: the double in each dialect, held to that vendor's rules.

// What is not in `model` names a rule of the vendor's that hangs on it: `gemini-3` wants its signatures back.
const sides = [
  { name: 'openai-chat', model: 'gpt-double', tellsCached: true, behaviour: { vendor: 'openai' } },
  { name: 'anthropic-messages', signs: true, model: 'claude-double', tellsCached: true, behaviour: {} },
  { name: 'gemini', signs: true, model: 'gemini-3-double', tellsCached: true, behaviour: {} },
  { name: 'openai-responses', signs: true, model: 'gpt-double', tellsCached: true, behaviour: {} },
  { name: 'ollama-chat', model: 'qwen-double', tellsCached: false, behaviour: {} },
];

export const farSides = sides.map((side) => ({
  ...side,
  preset: new URL(`presets/${side.name}.yaml`, import.meta.url).pathname,
}));

