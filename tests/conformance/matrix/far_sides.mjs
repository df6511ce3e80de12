// Where a gateway sends what a client asked: the double in each dialect, held to that vendor's rules.
export const farSides = [
  { name: 'openai-chat', model: 'gpt-double', tellsCached: true, behaviour: { vendor: 'openai' } },
  { name: 'anthropic-messages', model: 'claude-double', tellsCached: true, behaviour: {} },
  { name: 'gemini', model: 'gemini-3-double', tellsCached: true, behaviour: {} },
  { name: 'openai-responses', model: 'gpt-double', tellsCached: true, behaviour: {} },
  { name: 'ollama-chat', model: 'qwen-double', tellsCached: false, behaviour: {} },
];
