import * as anthropic from './anthropic.mjs';
import * as gemini from './gemini.mjs';
import * as chat from './openai_chat.mjs';
import * as responses from './openai_responses.mjs';
import * as openrouter from './openrouter.mjs';

export const clients = [chat, responses, anthropic, gemini, openrouter];
