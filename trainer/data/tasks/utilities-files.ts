/** Everyday tasks on files whose path the program knows. */
import { tasks } from './task.js';

export const fileTasks = tasks([
  [
    'read-csv',
    '$a',
    'path filename',
    'read_csv',
    [
      '~read a CSV file',
      '~load $rows from a csv file',
      '~parse csv rows into dicts',
      '~open a csv and ~return its rows',
      '~import a CSV list of $rows',
      '~get all rows of a csv file',
      '~turn a csv file with a header into a list of dicts',
      '~load a csv export with DictReader',
      '~read the $rows of a csv file as dictionaries',
      '~convert a CSV file to dicts',
      '~parse a comma separated file of $rows',
      '~fetch the records of a csv file on disk',
      '~return every line of a csv as a dict keyed by the header',
      '~process the csv file that the accountant sends',
      '~read a spreadsheet that was saved as csv',
      '~load csv data without pandas',
      '~extract the rows of a .csv file',
      '~ingest an excel export in comma separated form, each record as a mapping',
      '~give me the content of members.csv or the like as dicts, column title to cell',
      '~list what a comma separated table on disk contains',
    ],
    `import csv

def $f($a):
    with open($a, newline="") as handle:
        return list(csv.DictReader(handle))`,
    `def rows(text):
    with open("in.csv", "w") as handle:
        handle.write(text)
    return [dict(row) if hasattr(row, "keys") else list(row) for row in target("in.csv")]
ann, bob = {"name": "Ann", "age": "3"}, {"name": "Bob", "age": "4, or 5"}
assert rows('name,age\\nAnn,3\\nBob,"4, or 5"\\n') in (
    [ann, bob], [list(ann), list(ann.values()), list(bob.values())], [list(ann.values()), list(bob.values())])
assert rows("a\\n1\\n") in ([{"a": "1"}], [["a"], ["1"]], [["1"]])`,
  ],
  [
    'write-json',
    'filename, $a',
    'data items value',
    'save_json',
    [
      '~save data to a JSON file',
      '~save $rows as json',
      '~store a dict in a json file',
      '~dump a list to JSON on disk',
      '~export $rows to a .json file',
      '~persist data in a JSON file',
      '~save settings as JSON',
      '~write a python object into a json file',
      '~dump $rows into a json file with indentation',
      '~serialize a dict to a JSON file',
      '~save the state of a game to json',
      '~create a json file out of a dict',
      '~put the $row data into a JSON file',
      '~store a list of $rows as json at a path',
      '~export a dictionary to a json document on disk',
      '~write the result of a run as json to a path',
      '~record data as pretty JSON in a file',
      '~persist preferences so that they survive a restart, in the json format',
      '~place a mapping on disk where javascript can load it, as .json',
      '~archive my $rows by json.dump',
    ],
    `import json

def $f(filename, $a):
    with open(filename, "w") as out:
        json.dump($a, out, indent=2)`,
    `import json
def saved(data):
    try:
        target("out.json", data)
    except (TypeError, OSError):
        target(data, "out.json")
    with open("out.json") as handle:
        return json.load(handle)
for data in ({"a": [1, 2]}, [{"name": "Ann"}, None], {}):
    assert saved(data) == data, data`,
  ],
  [
    'load-json',
    '$a',
    'path filename',
    'load_json',
    [
      '~load a JSON file',
      '~read data from a json file',
      '~parse a JSON file into a dict',
      '~open a json file and ~return its content',
      '~load settings out of a JSON file',
      '~get the $rows stored in a json file',
      '~read a .json file from disk',
      '~import $rows from a JSON file',
      '~deserialize a json file',
      '~load our config, which is a json file',
      '~return the python object that a json file holds',
      '~fetch data saved as JSON on disk',
      '~read the JSON export of all $rows',
      '~decode a json file',
      '~turn the content of a JSON file into python data',
      '~load json from a path',
      '~parse settings.json',
      '~restore preferences that were saved in the json format',
      '~give back the list or dict that lies in a .json document on disk',
      '~bring a game state back into memory with json.load',
    ],
    `import json

def $f($a):
    with open($a) as handle:
        return json.load(handle)`,
    `for text, expected in (('{"a": [1, 2]}', {"a": [1, 2]}), ('[{"name": "Ann"}, null]', [{"name": "Ann"}, None]), ("{}", {})):
    with open("in.json", "w") as handle:
        handle.write(text)
    assert target("in.json") == expected, text`,
  ],
  [
    'line-count',
    '$a',
    'path filename',
    'count_lines',
    [
      '~count the lines of a file',
      '~tell how many lines a text file has',
      '~get the number of lines in a file',
      '~return the line count of a log file',
      '~compute how long a file is in lines',
      '~count rows in a text file',
      '~determine the number of lines of a source file',
      '~report how many lines the $row log has',
      '~do what wc -l does',
      '~show the line count of a file on disk',
      '~open a file and ~count its lines',
      '~work out how many lines are in a big file',
      '~measure a file by its lines',
      '~find the total of lines in a $row file',
      '~check how many lines my script has',
      '~give the amount of lines of a text file',
      '~count the newline separated entries of a file',
      '~estimate the size of a program: its lines, as a number',
      '~loop over a log and ~add one per line',
      '~answer how many lines have piled up in server.log or the like',
    ],
    `def $f($a):
    with open($a) as handle:
        return sum(1 for _ in handle)`,
    {
      doubles: ['calls', 'utilities'],
      functional: `for text, expected in (("a\\nb\\nc\\n", 3), ("one line\\n", 1), ("x\\n\\ny\\nz\\n", 4), ("", 0)):
    with open("in.txt", "w") as handle:
        handle.write(text)
    assert words_of(target, "in.txt")[-1:] == [str(expected)], text`,
    },
  ],
  [
    'read-lines',
    '$a',
    'path filename',
    'read_lines',
    [
      '~read the lines of a file into a list',
      '~return all lines of a text file',
      '~get a list of the lines in a file',
      '~load a file line by line',
      '~load one $row per line from a text file',
      '~read a word list, one word per line',
      '~split a file into its lines',
      '~open a text file and ~return its lines without newlines',
      '~collect every line of a file in a list',
      '~list the lines of the $row file',
      '~import names from a txt file with a name on each line',
      '~parse a text file to a list of lines',
      '~fetch the lines of a log as strings',
      '~read all lines of a file and ~strip the line breaks',
      '~give a list with one string for each line of a file',
      '~turn a text file into a list of strings',
      '~extract the lines of a notes file',
      '~slurp todo.txt: an array with each row of text as an element',
      '~obtain the verses of a poem on disk, verse after verse, as an array',
      '~load stop words that stand below each other in a .txt',
    ],
    `def $f($a):
    with open($a) as handle:
        return handle.read().splitlines()`,
    `def lines(text):
    with open("in.txt", "w") as handle:
        handle.write(text)
    return [line.rstrip("\\n") for line in target("in.txt")]
assert lines("a b\\nc\\n") == ["a b", "c"]
assert lines("one\\ntwo\\nthree\\n") == ["one", "two", "three"]
assert lines("") == []`,
  ],
]);
