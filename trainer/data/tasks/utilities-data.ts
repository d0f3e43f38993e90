/** Everyday tasks on lists, dicts, files and dates. */
import { tasks } from './task.js';

export const dataTasks = tasks([
  [
    'sort-dicts',
    '$a',
    'items records people',
    'sort_by_$field',
    [
      '~sort a list of dicts by $field',
      '~order dictionaries by the key $field',
      '~arrange records by their $field',
      '~return the items sorted by $field',
      '~sort records on the field $field',
      '~put a list of dictionaries in order of $field',
      '~sort $rows by $field',
    ],
    `def $f($a):
    return sorted($a, key=lambda item: item["$field"])`,
  ],
  [
    'flatten',
    '$a',
    'lists nested items',
    'flatten',
    [
      '~flatten a list of lists',
      '~merge nested lists into one',
      '~turn a nested list into a flat one',
      '~join all inner lists',
      '~unnest a list',
      '~make one list out of several lists',
    ],
    `def $f($a):
    return [item for inner in $a for item in inner]`,
  ],
  [
    'unique',
    '$a',
    'items values names',
    'unique',
    [
      '~remove duplicates from a list',
      '~keep each value once',
      '~return the unique items in order',
      '~drop repeated values',
      '~deduplicate a list',
      '~get rid of double entries in a list',
    ],
    `def $f($a):
    return list(dict.fromkeys($a))`,
  ],
  [
    'chunks',
    '$a, size',
    'items values rows',
    'chunks',
    [
      '~split a list into chunks',
      '~cut a list into parts of equal size',
      '~divide $rows into batches',
      '~group items in blocks of a size',
      '~break a list into pieces',
      '~make batches of a list',
    ],
    `def $f($a, size):
    return [$a[i:i + size] for i in range(0, len($a), size)]`,
  ],
  [
    'largest',
    '$a',
    'numbers values items',
    'largest',
    [
      '~find the largest number',
      '~return the maximum of a list',
      '~get the biggest value',
      '~pick the greatest number of a list',
      '~compute the max of some values',
      '~search the highest number in a list',
    ],
    `def $f($a):
    return max($a)`,
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
      '~put two dictionaries together',
      '~unite the keys of two dicts',
      '~add one dictionary to another',
    ],
    `def $f(first, second):
    return {**first, **second}`,
  ],
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
    ],
    `def $f($a):
    groups = {}
    for item in $a:
        groups.setdefault(item["$field"], []).append(item)
    return groups`,
  ],
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
    ],
    `import csv

def $f($a):
    with open($a, newline="") as handle:
        return list(csv.DictReader(handle))`,
  ],
  [
    'write-json',
    'path, $a',
    'data items value',
    'save_json',
    [
      '~write data to a JSON file',
      '~save $rows as json',
      '~store a dict in a json file',
      '~dump a list to JSON on disk',
      '~export $rows to a .json file',
      '~keep data in a JSON file',
    ],
    `import json

def $f(path, $a):
    with open(path, "w") as handle:
        json.dump($a, handle, indent=2)`,
  ],
  [
    'days-between',
    'start, end',
    'start',
    'days_between',
    [
      '~count the days between two dates',
      '~compute the number of days from one date to another',
      '~get the difference of two dates in days',
      '~tell how many days lie between dates',
      '~subtract two dates',
      '~calculate the days from start to end',
    ],
    `def $f(start, end):
    return (end - start).days`,
  ],
  [
    'leap-year',
    '$a',
    'year y',
    'is_leap_year',
    [
      '~check if a year is a leap year',
      '~tell whether a year has 366 days',
      '~detect leap years',
      '~test a year for february 29',
      '~return True for leap years',
      '~find out if it is a leap year',
    ],
    `def $f($a):
    return $a % 4 == 0 and ($a % 100 != 0 or $a % 400 == 0)`,
  ],
  [
    'binary-search',
    '$a, target',
    'items numbers values',
    'binary_search',
    [
      '~search a sorted list with binary search',
      '~find a value in a sorted list quickly',
      '~implement binary search',
      '~locate a number by halving the range',
      '~get the index of a value by binary search',
      '~do a bisection over a sorted list',
    ],
    `def $f($a, target):
    low, high = 0, len($a) - 1
    while low <= high:
        middle = (low + high) // 2
        if $a[middle] == target:
            return middle
        if $a[middle] < target:
            low = middle + 1
        else:
            high = middle - 1
    return -1`,
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
      '~return the line count of a log',
      '~compute how long a file is in lines',
      '~count rows in a text file',
    ],
    `def $f($a):
    with open($a) as handle:
        return sum(1 for _ in handle)`,
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
      '~flip a dict around',
      '~exchange keys and values in a dictionary',
    ],
    `def $f($a):
    return {value: key for key, value in $a.items()}`,
  ],
]);
