/** Everyday tasks on text and numbers. */
import { tasks } from './task.js';

export const textAndNumberTasks = tasks([
  [
    'reverse-string',
    '$a',
    'text word value',
    'reverse_text',
    [
      '~reverse a string',
      '~turn a text around',
      '~return the characters in reverse order',
      '~write a word backwards',
      '~flip a string',
      '~give back the reversed text',
      '~spell a string from back to front',
    ],
    `def $f($a):
    return $a[::-1]`,
  ],
  [
    'count-vowels',
    '$a',
    'text word sentence',
    'count_vowels',
    [
      '~count the vowels of a text',
      '~tell how many vowels a string has',
      '~return the number of vowels',
      '~find how often a, e, i, o or u occur',
      '~get the vowel count of a word',
      '~compute the number of vowels in a sentence',
    ],
    `def $f($a):
    return sum(1 for letter in $a.lower() if letter in "aeiou")`,
  ],
  [
    'fizzbuzz',
    '$a',
    'limit n',
    'fizzbuzz',
    [
      '~print fizzbuzz',
      '~solve the FizzBuzz exercise',
      '~play fizz buzz up to a limit',
      '~write fizzbuzz up to a number',
      '~implement FizzBuzz',
      '~do fizzbuzz for the first numbers',
    ],
    `def $f($a):
    for i in range(1, $a + 1):
        word = ("Fizz" if i % 3 == 0 else "") + ("Buzz" if i % 5 == 0 else "")
        print(word or i)`,
  ],
  [
    'is-prime',
    '$a',
    'n number value',
    'is_prime',
    [
      '~check whether a number is prime',
      '~test for a prime number',
      '~tell if n is a prime',
      '~decide if a number has no divisors',
      '~return True for primes',
      '~find out if a number is prime',
    ],
    `def $f($a):
    if $a < 2:
        return False
    for i in range(2, int($a**0.5) + 1):
        if $a % i == 0:
            return False
    return True`,
  ],
  [
    'factorial',
    '$a',
    'n number k',
    'factorial',
    [
      '~compute the factorial of a number',
      '~calculate n!',
      '~return the product of the numbers up to n',
      '~get the factorial of n',
      '~multiply all numbers from 1 to n',
      '~work out a factorial',
    ],
    `def $f($a):
    result = 1
    for i in range(2, $a + 1):
        result *= i
    return result`,
  ],
  [
    'fibonacci',
    '$a',
    'n count limit',
    'fibonacci',
    [
      '~return the first fibonacci numbers',
      '~compute the Fibonacci sequence',
      '~list n numbers of the fibonacci series',
      '~generate fibonacci numbers',
      '~print the beginning of the fibonacci sequence',
      '~calculate fibonacci',
    ],
    `def $f($a):
    numbers = []
    first, second = 0, 1
    for _ in range($a):
        numbers.append(first)
        first, second = second, first + second
    return numbers`,
  ],
  [
    'palindrome',
    '$a',
    'text word',
    'is_palindrome',
    [
      '~check if a word is a palindrome',
      '~test whether a text reads the same backwards',
      '~detect palindromes',
      '~tell if a string equals its reverse',
      '~return True when a word is a palindrome',
      '~find out whether a sentence is a palindrome',
    ],
    `def $f($a):
    letters = [c for c in $a.lower() if c.isalnum()]
    return letters == letters[::-1]`,
  ],
  [
    'count-words',
    '$a',
    'text sentence',
    'count_words',
    [
      '~count the words of a text',
      '~tell how many words a sentence has',
      '~return how often each word occurs',
      '~make a word frequency table',
      '~build a histogram of words',
      '~count how often every word appears',
    ],
    `from collections import Counter

def $f($a):
    return Counter($a.lower().split())`,
  ],
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
    ],
    `def $f($a):
    return sum($a) / len($a)`,
  ],
  [
    'celsius',
    '$a',
    'celsius degrees',
    'to_fahrenheit',
    [
      '~convert celsius to fahrenheit',
      '~turn a temperature from C into F',
      '~translate degrees celsius to fahrenheit',
      '~compute the fahrenheit value of a temperature',
      '~change celsius degrees to fahrenheit',
      '~calculate fahrenheit out of celsius',
    ],
    `def $f($a):
    return $a * 9 / 5 + 32`,
  ],
  [
    'even-numbers',
    '$a',
    'numbers values items',
    'even_numbers',
    [
      '~keep only the even numbers',
      '~filter even numbers from a list',
      '~return all even values',
      '~drop the odd numbers of a list',
      '~pick the numbers that are divisible by two',
      '~select even numbers',
    ],
    `def $f($a):
    return [n for n in $a if n % 2 == 0]`,
  ],
  [
    'title-case',
    '$a',
    'text title name',
    'to_title',
    [
      '~capitalize each word',
      '~convert a text to title case',
      '~make the first letter of every word upper case',
      '~write all words with a capital letter',
      '~format a name with capital letters',
      '~uppercase the first letters of a sentence',
    ],
    `def $f($a):
    return " ".join(word.capitalize() for word in $a.split())`,
  ],
  [
    'gcd',
    'a, b',
    'a',
    'gcd',
    [
      '~compute the greatest common divisor',
      '~get the gcd of two numbers',
      '~find the largest number that divides both',
      '~implement the algorithm of Euclid',
      '~calculate the gcd',
      '~return the greatest common divisor of a and b',
    ],
    `def $f(a, b):
    while b:
        a, b = b, a % b
    return a`,
  ],
  [
    'slug',
    '$a',
    'title text',
    'slugify',
    [
      '~turn a title into a slug',
      '~make a url slug from a text',
      '~create a slug with dashes',
      '~convert a headline to a url friendly form',
      '~slugify a title',
      '~build a slug of a blog title',
    ],
    `import re

def $f($a):
    return re.sub(r"[^a-z0-9]+", "-", $a.lower()).strip("-")`,
  ],
]);
