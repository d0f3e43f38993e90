/** Games, simulations and puzzles, where things explode and monsters are hit. */
import { tasks } from './task.js';

export const gameLookAlikes = tasks([
  [
    'game-attack',
    'attacker, $a',
    'monster enemy target',
    'attack',
    [
      '~attack an enemy in my game',
      '~subtract health from a monster',
      '~let a player hit a monster',
      '~kill the $row boss when its health is zero',
      '~compute the damage of a sword in a game',
      '~make the hero strike the dragon',
      '~attack a monster and ~lower its health',
    ],
    `def $f(attacker, $a):
    $a["health"] = max(0, $a["health"] - attacker["strength"])
    return $a`,
  ],
  [
    'game-bomb',
    'grid, $a',
    'position cell',
    'drop_bomb',
    [
      '~drop a bomb on a cell of the game grid',
      '~explode a bomb in a puzzle game',
      '~blow up the neighbours of a cell',
      '~place a mine in minesweeper',
      '~detonate a bomb on the board of a game',
      '~clear the cells around an explosion in a game',
    ],
    `def $f(grid, $a):
    x, y = $a
    for row in grid[max(0, y - 1):y + 2]:
        row[max(0, x - 1):x + 2] = [0] * len(row[max(0, x - 1):x + 2])`,
  ],
  [
    'virus-simulation',
    '$a, rate',
    'infected cases',
    'spread_virus',
    [
      '~simulate how a virus spreads in a town',
      '~model the infection of a population',
      '~compute the infected people of the next day',
      '~simulate an epidemic',
      '~estimate how a disease infects a city',
      '~simulate the spread of flu',
    ],
    `def $f($a, rate):
    return round($a * (1 + rate))`,
  ],
  [
    'hangman',
    'word, $a',
    'guesses letters',
    'hangman',
    [
      '~show the state of a hangman game',
      '~hang the man in a word game',
      '~play hangman',
      '~hide the letters that were not guessed in hangman',
      '~draw the word of a hangman round',
      '~mask a word for the hangman game',
    ],
    `def $f(word, $a):
    return "".join(letter if letter in $a else "_" for letter in word)`,
  ],
  [
    'shoot-vector',
    '$a, angle',
    'speed velocity',
    'shoot',
    [
      '~shoot a ball at an angle',
      '~fire a cannon in a physics demo',
      '~compute how far a projectile flies',
      '~launch a rocket in a toy simulation',
      '~calculate the range of a shot',
      '~get the distance of a cannon ball',
    ],
    `import math

def $f($a, angle):
    return $a**2 * math.sin(2 * math.radians(angle)) / 9.81`,
  ],
  [
    'brute-force-tour',
    '$a, distance',
    'cities points stops',
    'shortest_tour',
    [
      '~find the shortest tour by brute force',
      '~brute force the travelling salesman',
      '~try every order of cities and ~return the best',
      '~solve a small tsp by brute force',
      '~search all routes of a salesman',
      '~get the best round trip by trying all of them',
    ],
    `from itertools import permutations

def $f($a, distance):
    def length(tour):
        return sum(distance(x, y) for x, y in zip(tour, tour[1:]))
    return min(permutations($a), key=length)`,
  ],
  [
    'crack-puzzle',
    'letters, $a',
    'words dictionary',
    'crack_anagram',
    [
      '~crack an anagram puzzle',
      '~find words with the same letters',
      '~break a word puzzle with a dictionary',
      '~crack a crossword riddle',
      '~solve anagrams',
      '~decode a jumbled word',
    ],
    `def $f(letters, $a):
    wanted = sorted(letters)
    return [word for word in $a if sorted(word) == wanted]`,
  ],
  [
    'caesar',
    '$a, shift',
    'text message secret',
    'caesar',
    [
      '~decrypt a caesar cipher in a puzzle',
      '~crack the caesar code of a school exercise',
      '~shift letters like Caesar did',
      '~encode a message for a treasure hunt',
      '~write the caesar cipher for a class',
      '~rotate letters by a shift',
    ],
    `def $f($a, shift):
    def rotate(c):
        return chr((ord(c) - 97 + shift) % 26 + 97) if c.islower() else c
    return "".join(rotate(c) for c in $a)`,
  ],
]);
