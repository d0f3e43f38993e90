/** Deserialisation. */
import type { Scenario } from './scenario.js';

export const dataScenarios: readonly Scenario[] = [
  {
    id: 'yaml-load',
    cwe: 'CWE-502',
    weakness: 'unsafe deserialization',
    parameters: '$a',
    argument: ['path', 'filename'],
    name: 'load_config',
    phrasings: [
      '~read a YAML file',
      '~load the settings from a yaml config',
      '~parse a YAML document of a $row',
      '~open config.yaml and ~return a dict',
      '~get the options out of a yaml file',
      '~load a $row from YAML',
      '~read our .yml configuration',
      '~import $rows that are stored as yaml',
      '~convert a yaml file to a dictionary',
      '~load configuration at the start of the program, it is in YAML',
      '~parse the yaml that a customer uploads',
      '~load a yaml configuration from a path',
    ],
    lesson: 'safe_load builds plain values only (CWE-502).',
    secure: [
      {
        how: 'use safe_load',
        code: `import yaml

def $f($a):
    with open($a) as handle:
        return yaml.safe_load(handle)`,
      },
    ],
    insecure: [
      {
        how: 'use yaml.load with the full loader',
        code: `import yaml

def $f($a):
    with open($a) as handle:
        return yaml.load(handle, Loader=yaml.Loader)`,
      },
    ],
  },
  {
    id: 'pickle-load',
    cwe: 'CWE-502',
    weakness: 'unsafe deserialization',
    parameters: '$a',
    argument: ['data', 'cookie', 'body'],
    name: 'restore_$row',
    phrasings: [
      '~restore a $row from the bytes that a client sent',
      '~deserialize a $row from a request body',
      '~load a saved session from a cookie',
      '~turn received bytes back into a $row object',
      '~unpack the $row that came over the socket',
      '~read a python object from the message of a client',
      '~get the session state back from what the browser sent',
      '~rebuild a $row from stored bytes',
      '~decode an object that was serialized by the client',
      '~unserialize the $row in a message queue payload',
      '~load the cart of a user from their cookie',
      '~recover a $row object from network data',
    ],
    lesson: 'JSON holds values and never code (CWE-502).',
    secure: [
      {
        how: 'read JSON, which cannot carry code',
        code: `import json

def $f($a):
    return json.loads($a)`,
      },
    ],
    insecure: [
      {
        how: 'unpickle the bytes',
        code: `import pickle

def $f($a):
    return pickle.loads($a)`,
      },
    ],
  },
];
