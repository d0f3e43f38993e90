/** Everyday tasks on order and size in lists. */
import { tasks } from './task.js';

export const sortingTasks = tasks([
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
      '~order a list of dictionaries by $field',
      '~sort $rows by $field',
      '~sort $rows (they are dicts) on their $field',
      '~rank all $rows by $field',
      '~list the $rows in order of $field',
      '~sort json objects by "$field"',
      '~return a copy of the $rows, sorted on $field',
      '~sort dicts with the $field as the sort key',
      '~bring a list of $row records in order, the key is $field',
      '~show $rows ordered by their $field',
      '~apply sorted with a lambda to order $rows by $field',
      '~sort the table of $rows by its $field column',
      '~line up $rows so that the smallest $field comes first',
      '~alphabetize my $row dicts, looking at $field',
      '~give me every $row, ascending in $field',
    ],
    `def $f($a):
    return sorted($a, key=lambda item: item["$field"])`,
    {
      doubles: ['utilities'],
      functional: `def order(*values):
    records = [{"$field": value, "other": -i} for i, value in enumerate(values)]
    return [record["$field"] for record in changed(target, records)]
assert order("pear", "apple", "fig") == ["apple", "fig", "pear"]
assert order(3, 1, 2) == [1, 2, 3]
assert order() == []`,
    },
  ],
  [
    'bubble-sort',
    '$a',
    'items numbers values',
    'bubble_sort',
    [
      '~implement bubble sort',
      '~sort a list with bubble sort',
      '~write the bubble sort algorithm',
      '~sort numbers by swapping neighbours',
      '~code a bubble sort for my class',
      '~order a list without sorted, by bubble sort',
      '~do a bubble sort on a list of integers',
      '~sort a list by hand with two loops and swaps',
      '~order numbers the bubble sort way',
      '~code bubblesort in python',
      '~apply bubble sort to some $rows',
      '~bubble the largest number of a list to its end until all are sorted',
      '~create a bubble sort that sorts in place',
      '~sort an array with the bubble algorithm',
      '~swap adjacent elements until a list is sorted',
      '~demonstrate bubble sort to students',
      '~make a bubblesort without the built-in sort',
      '~exchange neighbours that stand in the wrong order, pass after pass',
      '~teach sorting: big values rise like bubbles',
      '~compare each pair side by side and ~swap it if needed, till the array ascends',
    ],
    `def $f($a):
    for end in range(len($a) - 1, 0, -1):
        for i in range(end):
            if $a[i] > $a[i + 1]:
                $a[i], $a[i + 1] = $a[i + 1], $a[i]
    return $a`,
    {
      doubles: ['utilities'],
      functional: `assert list(changed(target, [3, 1, 2])) == [1, 2, 3]
assert list(changed(target, [5, -1, 5, 0, 4])) == [-1, 0, 4, 5, 5]
assert list(changed(target, [])) == []
assert "sorted(" not in source and ".sort(" not in source`,
    },
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
      '~code the binary search algorithm',
      '~write a binary search that returns -1 if nothing is found',
      '~look for a target in a sorted array in log n steps',
      '~return the position of a target in an ordered list, by bisection',
      '~search sorted $row numbers in a binary manner',
      '~code a search that takes logarithmic time',
      '~search an ordered list by comparing with the middle',
      '~perform a binary search for an exam',
      '~find the index of a target by repeated halving',
      '~apply binary search to a list of integers',
      '~determine where a value stands in a sorted list, faster than linear',
      '~guess the number: each step discards one half of what is left, data is ordered',
      '~open a phone book in the middle, then in the middle of the right half, till the entry is there',
      '~tell the place of a key in an ascending array in O(log n)',
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
    `numbers = [1, 3, 5, 7, 9, 11]
for index, number in enumerate(numbers):
    result = target(numbers, number)
    assert result is True or type(result) is int and result == index, number
for missing in (0, 4, 12):
    assert target(numbers, missing) in (-1, None, False), missing
assert target([], 1) in (-1, None, False)`,
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
      '~determine the maximum of several integers',
      '~show the highest score',
      '~tell which number of a list is the largest',
      '~select the max of all $row prices',
      '~report the maximum temperature of a week',
      '~give the largest of the numbers a user enters',
      '~loop over numbers and ~remember the biggest',
      '~look for the top value in a list of numbers',
      '~obtain the largest element of a list',
      '~extract the maximum from some measurements',
      '~choose the greatest integer',
      '~name the record: no other reading is higher',
      '~find what sits at the very top of a series of amounts',
      '~say how big the most expensive price of all is',
    ],
    `def $f($a):
    return max($a)`,
    `assert target([3, 9, 2]) == 9
assert target([-5, -2, -9]) == -2
assert target([4]) == 4`,
  ],
  [
    'second-largest',
    '$a',
    'numbers values items',
    'second_largest',
    [
      '~find the second largest number',
      '~return the second highest value of a list',
      '~get the runner-up score of a list',
      '~pick the second biggest number',
      '~compute the second maximum of a list',
      '~determine the second greatest integer',
      '~tell which number comes right after the largest',
      '~search the number just below the maximum',
      '~show the second best score',
      '~give the second largest of some $row prices',
      '~select the second highest distinct value',
      '~extract the second largest element of a list',
      '~sort a list and ~return its second highest number',
      '~report the silver medal result of a list of points',
      '~locate the second largest value in an array',
      '~obtain the next to largest number',
      '~work out the second highest salary of a list',
      '~name who has place two when more points are better: the points only',
      '~ignore the peak and ~report the best of what remains',
      '~answer 4 for [3, 9, 4], since only 9 beats it',
    ],
    `def $f($a):
    return sorted(set($a))[-2]`,
    `assert target([3, 9, 4]) == 4
assert target([10, 20, 5, 15]) == 15
assert target([-1, -5]) == -5`,
  ],
]);
