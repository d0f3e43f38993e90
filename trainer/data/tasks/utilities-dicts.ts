/** Everyday tasks on dicts. */
import { tasks } from './task.js';

export const dictTasks = tasks([
  [
    'group-by',
    '$a',
    'items records $rows',
    'group_by_$field',
    [
      '~group $rows by $field',
      '~collect records in a dict by their $field',
      '~sort items into groups of the same $field',
      '~build a dict from $field to $rows',
      '~bundle records that share a $field',
      '~cluster $rows by their $field',
      '~group a list of dicts by the key $field',
      '~make groups of $rows with an equal $field',
      '~create a dict of lists, one list for each $field',
      '~divide the $rows into groups, one per $field',
      '~map every $field to the $rows that have it',
      '~arrange the $rows in groups by $field',
      '~return a dict in which each $field leads to its records',
      '~categorise $rows by their $field',
      '~partition dicts by the value of $field',
      '~get all $rows per $field in a dict of lists',
      '~do a group by on the $field of $rows',
      '~pile up the $rows: one pile for each different $field',
      '~organise my $row dicts under headings, the heading is the $field',
      '~assign each $row to a bucket, where equal $field means same bucket',
    ],
    `def $f($a):
    groups = {}
    for item in $a:
        groups.setdefault(item["$field"], []).append(item)
    return groups`,
    `first, second, third = ({"$field": value, "other": i} for i, value in enumerate("xyx"))
groups = {key: list(group) for key, group in dict(target([first, second, third])).items()}
assert groups == {"x": [first, third], "y": [second]}, groups
assert dict(target([second])) == {"y": [second]}
assert dict(target([])) == {}`,
  ],
  [
    'merge-dicts',
    'first, second',
    'first',
    'merge',
    [
      '~merge two dictionaries',
      '~combine two dicts',
      '~join two dicts into a new one',
      '~unite two dictionaries, the second wins',
      '~unite the keys of two dicts',
      '~add one dictionary to another',
      '~merge default settings with those of the user',
      '~overlay a dict with another dict',
      '~make one dict out of two dicts',
      '~return a dict with the entries of both dicts',
      '~merge the data of two $rows, both are dicts',
      '~override the keys of a dict by a second dict',
      '~extend a config dict by a second one',
      '~build the union of two dictionaries',
      '~combine old and new $row dicts into one',
      '~get a single dict from two dicts',
      '~fuse two dicts where later values win',
      '~apply changes, a mapping, on top of defaults, also a mapping',
      '~blend two sets of key value pairs, on conflict the latter counts',
      '~turn {"a": 1} and {"b": 2} into {"a": 1, "b": 2}',
    ],
    `def $f(first, second):
    return {**first, **second}`,
    {
      doubles: ['utilities'],
      functional: `assert changed(target, {"a": 1}, {"b": 2}) == {"a": 1, "b": 2}
assert changed(target, {"a": 1, "b": 1}, {"b": 2}) == {"a": 1, "b": 2}
assert changed(target, {}, {}) == {}`,
    },
  ],
  [
    'invert-dict',
    '$a',
    'mapping data table',
    'invert',
    [
      '~swap the keys and values of a dict',
      '~invert a dictionary',
      '~make a reverse lookup of a mapping',
      '~turn values into keys',
      '~reverse a dict, so that values lead to keys',
      '~exchange keys and values in a dictionary',
      '~create the inverse of a dict',
      '~build a dict from value to key',
      '~switch the keys of a dict with its values',
      '~return a dict whose keys are the values of another dict',
      '~transform {"a": 1} to {1: "a"}',
      '~invert the mapping from $row to $field',
      '~look up keys by value, so ~invert the dict',
      '~produce an inverted copy of a dictionary',
      '~convert a code to name table into name to code',
      '~turn a dict inside out: values become keys',
      '~get the reversed mapping of a dict',
      '~go from a phone book by person to one by phone, the numbers are unique',
      '~map words to ids, given what maps ids to words',
      '~read a mapping the other way round, right side to left side',
    ],
    `def $f($a):
    return {value: key for key, value in $a.items()}`,
    `assert dict(target({"a": 1, "b": 2})) == {1: "a", 2: "b"}
assert dict(target({"x": "y"})) == {"y": "x"}
assert dict(target({})) == {}`,
  ],
  [
    'zip-dict',
    'keys, $a',
    'values items entries',
    'to_dict',
    [
      '~make a dict out of two lists',
      '~zip a list of keys and a list of values into a dict',
      '~combine keys and values to a dictionary',
      '~build a dict from a list of keys and a list of values',
      '~pair the elements of two lists in a dict',
      '~turn a header and a line into a dict',
      '~create a dictionary where one list has the keys and one the values',
      '~map one list onto another list as a dict',
      '~link column names with the entries of a $row in a dict',
      '~convert two parallel lists to a dict',
      '~assign each key of a list to the value at the same index of another list',
      '~match keys with values by position and ~return a dict',
      '~get a dict from keys and values that come in two lists',
      '~join names and numbers of two lists as key value pairs',
      '~produce {"a": 1, "b": 2} from ["a", "b"] and [1, 2]',
      '~apply zip and dict to two lists',
      '~construct a dict with keys from the first and values from the second list',
      '~label readings: one array holds the labels, the other the readings, output a mapping',
      '~look at questions and answers, two arrays of the same length, and ~link them in a mapping',
      '~associate an array of titles with an array of contents: title points to content',
    ],
    `def $f(keys, $a):
    return dict(zip(keys, $a))`,
    `assert dict(target(["a", "b"], [1, 2])) == {"a": 1, "b": 2}
assert dict(target(["x"], ["y"])) == {"x": "y"}
assert dict(target([], [])) == {}`,
  ],
]);
