/** Deserialisation. */
import type { Scenario } from './scenario.js';

const DOUBLES = ['data_formats'];

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
      '~parse a YAML document on disk',
      '~open config.yaml and ~return a dict',
      '~get all options that ops wrote down as yaml, in a file',
      '~load a $row from a YAML file',
      '~read our .yml configuration',
      '~import $rows that are stored in a yaml file',
      '~boot my app with the values of a yml file',
      '~inspect what somebody put into a YAML file, as Python objects',
      '~convert a yaml file to a dictionary',
      '~load configuration at the start of the program, it is in YAML',
      '~parse the yaml file that a customer uploads',
      '~load a yaml configuration from a path',
      '~give me the content of a .yaml as Python data',
      '~use PyYAML to read a file',
      '~fetch the deployment settings, they live in a YAML file',
      '~turn the playbook.yml somebody sends us into a dict',
      '~accept a path to YAML and ~hand back what is inside',
      '~prepare the app from values kept in a yaml file',
      '~bring a docker-compose.yml into Python as nested dicts',
      '~extract keys and values from a YAML manifest whose path is known',
      '~ingest a file of the user that has the ending .yml',
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
    check: { doubles: DOUBLES, functional: 'yaml_works(target)', security: 'yaml_is_safe(target)' },
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
      '~continue a user session from its serialized form in the request',
      '~accept a saved $row (bytes) from the client and ~make it usable again',
      '~decode an object that was serialized by the client',
      '~unserialize the $row in a message queue payload',
      '~load the cart of a user from their cookie',
      '~recover a $row object from network data',
      '~revive a $row that another service serialized and posted to us',
      '~accept the raw payload of a worker message and ~return the $row object in it',
      '~make a $row out of the serialized blob in the request',
      '~resume a game from the save data a player uploads',
      '~bring back user preferences kept serialized in a cookie',
      '~undo the serialization of a $row that arrives from outside',
      '~reconstruct the $row dumped into a cache entry, bytes are passed in',
      '~materialize the wire format of a $row again, the peer dumped it',
      '~thaw a $row frozen to bytes by the mobile app',
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
    check: { doubles: DOUBLES, functional: 'restore_works(target)', security: 'restore_is_safe(target)' },
  },
  {
    id: 'torch-load',
    cwe: 'CWE-502',
    weakness: 'unsafe deserialization',
    parameters: '$a',
    argument: ['path', 'checkpoint', 'filename'],
    name: 'load_weights',
    phrasings: [
      '~load a PyTorch checkpoint',
      '~read model weights from a .pt file',
      '~restore the weights of a torch model from disk',
      '~get the state dict out of a PyTorch file',
      '~open a .pth file with torch',
      '~load pretrained weights that somebody shared, PyTorch format',
      '~use torch to load a model file a user uploads',
      '~return the tensors stored in a torch checkpoint',
      '~prepare inference: the .pt weights must be read with torch',
      '~obtain the dict of tensors in a torch save file',
      '~fetch a state_dict from a path',
      '~read back what torch.save wrote',
      '~import a downloaded PyTorch model file',
      '~resume training with a torch checkpoint, the path is given, its content is wanted',
      '~bring weights.pt into memory',
      '~accept the path of a trained network (PyTorch) and ~load it',
      '~deserialize a torch file with weights in it',
      '~initialise from a .pt checkpoint of the model zoo',
      '~collect the parameters saved in a PyTorch .bin file',
      '~load tensors with torch, the customer gives the file',
      '~pull learned parameters out of a .pth on disk',
      '~ingest a neural network snapshot made by torch.save',
      '~reload a fine-tuned net from its torch file',
    ],
    lesson: 'weights_only reads tensors and runs no code (CWE-502).',
    secure: [
      {
        how: 'load weights only',
        code: `import torch

def $f($a):
    return torch.load($a, weights_only=True)`,
      },
    ],
    insecure: [
      {
        how: 'let the loader build any object',
        code: `import torch

def $f($a):
    return torch.load($a, weights_only=False)`,
      },
    ],
    check: {
      doubles: DOUBLES,
      functional: 'weights_work(target)',
      security: 'loading_is_safe(target, "model.pt")',
    },
  },
  {
    id: 'numpy-load',
    cwe: 'CWE-502',
    weakness: 'unsafe deserialization',
    parameters: '$a',
    argument: ['path', 'filename'],
    name: 'load_array',
    phrasings: [
      '~load a NumPy array from a .npy file',
      '~read an .npy file',
      '~open a numpy array that was saved to disk',
      '~get the array out of an npy upload',
      '~restore an array with np.load',
      '~ask numpy to open whatever .npy data the user hands in',
      '~return the ndarray stored under a path',
      '~recall old results: a numpy array that np.save left in a file',
      '~feed a plot with the numbers in an .npy file',
      '~get np data from disk, path given',
      '~import measurements kept in NumPy format',
      '~load features from an .npy',
      '~fetch embeddings from a numpy file',
      '~accept the path of an .npy and ~give back the array',
      '~bring a saved ndarray into memory',
      '~deserialize an array in npy format, it comes from a partner',
      '~load samples with numpy from the file named by the caller',
      '~read the matrix in matrix.npy',
      '~parse a .npy dataset downloaded from the web',
      '~give me a NumPy array for the file on disk',
      '~pull a vector out of a file made with np.save',
      '~ingest an uploaded .npy',
      '~reload a stored ndarray, file name is known',
    ],
    lesson: 'Without pickle a file holds numbers and no code (CWE-502).',
    secure: [
      {
        how: 'leave pickle off',
        code: `import numpy as np

def $f($a):
    return np.load($a, allow_pickle=False)`,
      },
    ],
    insecure: [
      {
        how: 'allow pickle',
        code: `import numpy as np

def $f($a):
    return np.load($a, allow_pickle=True)`,
      },
    ],
    check: { doubles: DOUBLES, functional: 'array_works(target)', security: 'loading_is_safe(target, "array.npy")' },
  },
];
