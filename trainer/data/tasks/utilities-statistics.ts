/** Everyday tasks on several numbers. */
import { tasks } from './task.js';

export const statisticsTasks = tasks([
  [
    'average',
    '$a',
    'numbers values scores',
    'average',
    [
      '~compute the average of a list',
      '~calculate the mean of numbers',
      '~return the mean value',
      '~get the average of some numbers',
      '~find the arithmetic mean of values',
      '~average a list of scores',
      '~work out the average price of all $rows',
      '~determine the mean rating of a $row',
      '~show the average grade of a class',
      '~divide the sum of a list by its length',
      '~give the mean of a list of floats',
      '~tell what the average temperature was',
      '~report the mean of the measurements',
      '~evaluate the average of what the users entered',
      '~produce the arithmetic average of integers',
      '~obtain the mean of several $row prices',
      '~estimate the usual value of a list as its mean',
      '~add everything up and ~divide by how many there are',
      '~summarise marks of a pupil in one number, total over count',
      '~level out a series of readings: what would each be if all were equal',
    ],
    `def $f($a):
    return sum($a) / len($a)`,
    {
      doubles: ['utilities'],
      functional: `assert is_near(target([1, 2, 3, 6]), 3)
assert is_near(target([1, 2]), 1.5)
assert is_near(target([-4]), -4)
assert refuses(target, [])`,
    },
  ],
  [
    'median',
    '$a',
    'numbers values prices',
    'median',
    [
      '~compute the median of a list',
      '~find the median of numbers',
      '~return the median value',
      '~get the middle value of sorted numbers',
      '~calculate the median salary',
      '~determine the median price of all $rows',
      '~work out the median of some measurements',
      '~show the median of the scores',
      '~sort numbers and ~return the one in the middle',
      '~report the median response time',
      '~give the median of an unsorted list',
      '~obtain the statistical median',
      '~implement the median, also for an even count',
      '~tell the median age of the members',
      '~evaluate the median of a list of floats',
      '~produce the median instead of the average',
      '~pick the value in the middle of a list of numbers',
      '~name the amount that half of the entries lie below',
      '~report the central element of a series once it is in order',
      '~split data into a lower and an upper half and ~tell the border between them',
    ],
    `import statistics

def $f($a):
    return statistics.median($a)`,
    {
      doubles: ['utilities'],
      functional: `assert is_near(target([9, 1, 5]), 5)
assert is_near(target([7]), 7)
assert is_near(target([10, 1, 2, 4]), 3)`,
    },
  ],
  [
    'even-numbers',
    '$a',
    'numbers values items',
    'even_numbers',
    [
      '~list only the even numbers',
      '~filter even numbers from a list',
      '~return all even values',
      '~drop the odd numbers of a list',
      '~pick the numbers that are divisible by two',
      '~select even numbers',
      '~get the even numbers out of a list',
      '~extract even integers',
      '~remove everything odd from a list of numbers',
      '~collect the numbers where n % 2 is zero',
      '~find all even entries of a list',
      '~give a list without its odd numbers',
      '~show the even $row numbers',
      '~choose the even ones of some integers',
      '~exclude odd values',
      '~separate the even numbers from the odd ones and ~return the even ones',
      '~produce a new list with even numbers only',
      '~throw away every integer that leaves a remainder of 1 when halved',
      '~allow 2, 4, 6 to pass but not 1, 3, 5',
      '~reduce a series to multiples of 2',
    ],
    `def $f($a):
    return [n for n in $a if n % 2 == 0]`,
    `assert list(target([1, 2, 3, 4])) == [2, 4]
assert list(target([0, -2, 7])) == [0, -2]
assert list(target([1, 3])) == []`,
  ],
  [
    'sum-list',
    '$a',
    'numbers values prices',
    'total',
    [
      '~add up a list of numbers',
      '~compute the sum of a list',
      '~return the total of some numbers',
      '~get the sum of all values',
      '~calculate the total price of a cart',
      '~work out the sum of the $row prices',
      '~total a list',
      '~determine the sum of integers',
      '~add all numbers of a list together',
      '~show the total amount of an invoice',
      '~give the sum of the numbers the user typed',
      '~find the total of a column',
      '~report the sum of all $row counts',
      '~loop over numbers and ~add them',
      '~evaluate the sum of a list of floats',
      '~produce one sum out of many numbers',
      '~accumulate a list into one total',
      '~tell what all expenses make together',
      '~combine amounts with plus and ~report the outcome',
      '~reckon the bill: every item price added',
    ],
    `def $f($a):
    return sum($a)`,
    {
      doubles: ['utilities'],
      functional: `assert is_near(target([1, 2, 3]), 6)
assert is_near(target([0.5, -2]), -1.5)
assert is_near(target([]), 0)`,
    },
  ],
  [
    'running-total',
    '$a',
    'numbers values amounts',
    'running_total',
    [
      '~compute the running total of a list',
      '~return cumulative sums',
      '~make a list of running totals',
      '~get the cumulative sum of numbers',
      '~calculate the prefix sums of a list',
      '~accumulate values step by step and ~return every subtotal',
      '~turn [1, 2, 3] into [1, 3, 6]',
      '~show the balance after each booking',
      '~produce the partial sums of a list',
      '~track the running sum of $row amounts',
      '~build the cumulative totals of a column',
      '~list the sum so far at every position',
      '~work out the subtotal after each number',
      '~give a running total for daily $row sales',
      '~create prefix sums',
      '~generate the cumulative series of some numbers',
      '~report how a total grows from entry to entry',
      '~replace every element by the amount of itself and all before it',
      '~follow an account: the level reached after each deposit, as a list',
      '~yield 5, 7, 10 for the steps 5, 2, 3',
    ],
    `from itertools import accumulate

def $f($a):
    return list(accumulate($a))`,
    `assert list(target([1, 2, 3])) == [1, 3, 6]
assert list(target([5, -2, 0])) == [5, 3, 3]
assert list(target([])) == []`,
  ],
  [
    'clamp',
    '$a, low, high',
    'value number x',
    'clamp',
    [
      '~clamp a number between a low and a high bound',
      '~limit a value to a range',
      '~restrict a number to a minimum and a maximum',
      '~force a value into an interval',
      '~hold a number within two bounds',
      '~clamp the volume of a player to its range',
      '~return low if a value is too small and high if it is too big',
      '~bound a number by min and max',
      '~ensure that a value stays in a range, at the border if needed',
      '~confine the $row price to a lower and an upper limit',
      '~correct a number that is outside of a range to the nearest bound',
      '~implement clamp(value, low, high)',
      '~cut values off below a minimum and above a maximum',
      '~constrain a number to an interval',
      '~clamp what the user enters to the allowed minimum and maximum',
      '~get a value that is never below low or above high',
      '~adjust a number so that it lies between two limits',
      '~pull an outlier back to the closest edge of what is permitted',
      '~leave a reading alone unless it is beyond one of two thresholds, then ~return that threshold',
      '~fence a coordinate in, so a sprite cannot leave from 0 to the width',
    ],
    `def $f($a, low, high):
    return max(low, min($a, high))`,
    {
      doubles: ['utilities'],
      functional: `for value, expected in ((5, 5), (-3, 0), (99, 10), (0, 0), (10, 10)):
    assert is_near(target(value, 0, 10), expected), value`,
    },
  ],
]);
