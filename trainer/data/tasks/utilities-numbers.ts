/** Everyday tasks on one or two numbers. */
import { tasks } from './task.js';

export const numberTasks = tasks([
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
      '~show the FizzBuzz sequence',
      '~go through FizzBuzz from 1 to n',
      '~show fizz for multiples of 3 and buzz for multiples of 5',
      '~answer the fizzbuzz question of a job interview',
      '~generate the lines of the fizzbuzz game',
      '~count from 1 up and ~replace multiples of three by Fizz and of five by Buzz',
      '~solve the fizz-buzz kata',
      '~print numbers, but Fizz, Buzz or FizzBuzz where they divide by 3, 5 or both',
      '~display fizzbuzz for my students',
      '~produce fizz buzz output until a limit',
      '~code the classic FizzBuzz',
      '~recreate the drinking game where 3 becomes Fizz and 5 becomes Buzz',
      '~list 1, 2, Fizz, 4, Buzz and so on',
      '~pass my interview warm-up with Fizz and Buzz',
    ],
    `def $f($a):
    for i in range(1, $a + 1):
        word = ("Fizz" if i % 3 == 0 else "") + ("Buzz" if i % 5 == 0 else "")
        print(word or i)`,
    {
      doubles: ['calls', 'utilities'],
      functional: `expected = "1 2 fizz 4 buzz fizz 7 8 fizz buzz 11 fizz 13 14 fizzbuzz".split()
def shown(n):
    return [word.lower() for word in words_of(target, n)]
if len(shown(15)) == 1:
    assert [shown(n)[0] for n in range(1, 16)] == expected
else:
    assert shown(15)[:15] == expected and len(shown(15)) in (15, 100), shown(15)
    assert shown(3)[:3] == expected[:3] and len(shown(3)) in (3, 100), shown(3)`,
    },
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
      '~decide if a number has no divisors but 1 and itself',
      '~return True for primes',
      '~determine if a number is a prime',
      '~do a primality test',
      '~verify that an integer is prime',
      '~say whether the number a user enters is prime',
      '~detect prime numbers',
      '~validate that n is a prime number',
      '~see if a number can only be divided by one and itself',
      '~recognise primes such as 7 or 13',
      '~answer if an integer is prime or composite',
      '~prove by trial division that n is prime',
      '~implement a simple prime check',
      '~judge if a $row number is prime',
      '~try all smaller factors to learn whether n is prime',
      '~distinguish 2, 3, 5, 7, 11 from all that can be factored',
      '~confirm nothing between 1 and n divides n evenly',
    ],
    `def $f($a):
    if $a < 2:
        return False
    for i in range(2, int($a**0.5) + 1):
        if $a % i == 0:
            return False
    return True`,
    `for n in (2, 3, 5, 7, 97, 7919):
    assert target(n), n
for n in (0, 1, 4, 9, 15, 49, 91, 100):
    assert not target(n), n`,
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
      '~implement the factorial function',
      '~find n factorial',
      '~determine the factorial of what the user enters',
      '~evaluate 5! or any other factorial',
      '~code the factorial with a loop',
      '~write factorial for a math class',
      '~produce n * (n - 1) * ... * 1',
      '~solve n! as an exercise in math',
      '~give the factorial of an integer',
      '~count the permutations of n things as n!',
      '~print the factorial of a number',
      '~tell in how many ways n $rows can be lined up',
      '~build the product 1 * 2 * 3 up to a bound',
      '~yield 120 for 5 and 24 for 4, the usual function with the exclamation mark',
    ],
    `def $f($a):
    total = 1
    for i in range(2, $a + 1):
        total *= i
    return total`,
    {
      doubles: ['calls', 'utilities'],
      functional: `for n, expected in ((0, 1), (1, 1), (5, 120), (10, 3628800)):
    assert words_of(target, n)[-1:] == [str(expected)], n`,
    },
  ],
  [
    'fibonacci',
    '$a',
    'n count amount',
    'fibonacci',
    [
      '~return the first fibonacci numbers',
      '~compute the Fibonacci sequence',
      '~list n numbers of the fibonacci series',
      '~generate fibonacci numbers',
      '~print the beginning of the fibonacci sequence',
      '~calculate the first n elements of Fibonacci',
      '~build a list of fibonacci numbers',
      '~create the fibonacci series for a given count',
      '~show the first ten or so fibonacci numbers',
      '~produce the Fibonacci numbers 0, 1, 1, 2, 3, 5',
      '~give n terms of the fibonacci row',
      '~implement a fibonacci generator that makes a list',
      '~work out the numbers of Fibonacci in a loop',
      '~collect the first fibonacci values in a list',
      '~print the start of the fibonacci series for a school task',
      '~fill a list with Fibonacci numbers',
      '~make the fibonacci sequence without recursion',
      '~grow a sequence where each element is the total of the two before it',
      '~model the rabbits of Leonardo of Pisa: 0, 1, 1, 2, 3, 5, 8',
      '~continue 0 1 1 2 3 5 for as many terms as requested',
    ],
    `def $f($a):
    numbers = []
    first, second = 0, 1
    for _ in range($a):
        numbers.append(first)
        first, second = second, first + second
    return numbers`,
    {
      doubles: ['calls', 'utilities'],
      functional: `series = "0 1 1 2 3 5 8 13".split()
for n in (1, 2, 5, 7):
    shown = words_of(target, n)
    assert shown in (series[:n], series[1:n + 1]), shown`,
    },
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
      '~determine the biggest common factor of two integers',
      '~work out the gcd with the modulo operator',
      '~code the Euclidean algorithm',
      '~obtain the highest common factor',
      '~show the greatest common divisor of two values',
      '~solve gcd(a, b)',
      '~compute the hcf of two numbers',
      '~give the greatest factor that two integers share',
      '~print the gcd of 12 and 18 or of any other pair',
      '~search the largest common divisor of a pair of numbers',
      '~calculate the greatest common denominator for a fraction',
      '~tell by what a fraction can be reduced at most',
      '~discover the largest tile that fits both sides of a floor exactly, as Euclid did',
      '~yield 6 when 12 and 18 come in: the top number both are multiples of',
    ],
    `def $f(a, b):
    while b:
        a, b = b, a % b
    return a`,
    {
      doubles: ['calls', 'utilities'],
      functional: `for a, b, expected in ((12, 18, 6), (7, 5, 1), (100, 75, 25), (9, 0, 9), (8, 8, 8)):
    assert words_of(target, a, b)[-1:] == [str(expected)], (a, b)`,
    },
  ],
]);
