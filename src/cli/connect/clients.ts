/** What each coding assistant needs to work through purpgate: files below the home folder, environment variables, a command to run once. */
import type { JsonObject } from '../../types.js';

export interface Endpoint {
  /** Without `/v1`. */
  readonly url: string;
  readonly key: string;
  readonly model: string;
}

interface ConfigurationFile {
  /** Below the home folder. */
  readonly path: string;
  readonly content:
    | { readonly format: 'json' | 'yaml'; readonly value: JsonObject }
    /** `root` stands before all tables. */
    | { readonly format: 'toml'; readonly root: Readonly<Record<string, string>>; readonly tables: string };
}

export interface Configuration {
  readonly files: readonly ConfigurationFile[];
  readonly environment: Readonly<Record<string, string>>;
  /** Arguments of a command that the client itself stores its settings with. */
  readonly command: readonly string[] | null;
}

export const CLIENT_NAMES = ['claude', 'codex', 'opencode', 'cline', 'continue', 'qwen', 'copilot', 'pi'] as const;
export type ClientName = (typeof CLIENT_NAMES)[number];

const NAME = 'purpgate';

export function isClientName(name: string): name is ClientName {
  return CLIENT_NAMES.some((known) => known === name);
}

export function configurationOf(client: ClientName, endpoint: Endpoint): Configuration {
  const configuration: Partial<Configuration> = CLIENTS[client](endpoint);
  return { files: [], environment: {}, command: null, ...configuration };
}

const CLIENTS: Readonly<Record<ClientName, (endpoint: Endpoint) => Partial<Configuration>>> = {
  claude: ({ url, key, model }) => ({
    files: [
      json('.claude/settings.json', {
        env: {
          ANTHROPIC_BASE_URL: url,
          ANTHROPIC_AUTH_TOKEN: key,
          ANTHROPIC_MODEL: model,
          // Titles and summaries are asked of this one.
          ANTHROPIC_DEFAULT_HAIKU_MODEL: model,
          CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
        },
      }),
    ],
  }),
  codex: ({ url, key, model }) => ({
    files: [
      {
        path: '.codex/config.toml',
        content: {
          format: 'toml',
          root: { model, model_provider: NAME },
          tables: [
            `[model_providers.${NAME}]`,
            `name = "${NAME}"`,
            `base_url = ${JSON.stringify(`${url}/v1`)}`,
            'env_key = "PURPGATE_KEY"',
            'wire_api = "responses"',
          ].join('\n'),
        },
      },
    ],
    environment: { PURPGATE_KEY: key },
  }),
  opencode: ({ url, key, model }) => ({
    files: [
      json('.config/opencode/opencode.json', {
        model: `${NAME}/${model}`,
        small_model: `${NAME}/${model}`,
        provider: {
          [NAME]: {
            npm: '@ai-sdk/openai-compatible',
            name: NAME,
            options: { baseURL: `${url}/v1`, apiKey: key },
            models: { [model]: { name: model } },
          },
        },
      }),
    ],
  }),
  cline: ({ url, key, model }) => ({
    command: ['cline', 'auth', '-p', 'openai', '-k', key, '-m', model, '-b', `${url}/v1`],
  }),
  continue: ({ url, key, model }) => ({
    files: [
      {
        path: '.continue/config.yaml',
        content: {
          format: 'yaml',
          value: {
            name: 'Local Config',
            version: '1.0.0',
            schema: 'v1',
            models: [
              {
                name: NAME,
                provider: 'openai',
                model,
                apiBase: `${url}/v1`,
                apiKey: key,
                roles: ['chat', 'edit', 'apply'],
              },
            ],
          },
        },
      },
    ],
  }),
  qwen: ({ url, key, model }) => ({
    files: [json('.qwen/settings.json', { security: { auth: { selectedType: 'openai' } }, model: { name: model } })],
    environment: { OPENAI_BASE_URL: `${url}/v1`, OPENAI_API_KEY: key, OPENAI_MODEL: model },
  }),
  copilot: ({ url, key, model }) => ({
    environment: {
      COPILOT_PROVIDER_BASE_URL: `${url}/v1`,
      COPILOT_PROVIDER_TYPE: 'openai',
      COPILOT_PROVIDER_WIRE_API: 'completions',
      COPILOT_PROVIDER_API_KEY: key,
      COPILOT_MODEL: model,
    },
  }),
  pi: ({ url, key, model }) => ({
    files: [
      json('.pi/agent/models.json', {
        providers: {
          [NAME]: { baseUrl: `${url}/v1`, api: 'openai-completions', apiKey: key, models: [{ id: model }] },
        },
      }),
      json('.pi/agent/settings.json', { defaultProvider: NAME, defaultModel: model }),
    ],
  }),
};

function json(path: string, value: JsonObject): ConfigurationFile {
  return { path, content: { format: 'json', value } };
}
