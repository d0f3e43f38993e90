/** Everyday tasks on the words of a text. */
import { tasks } from './task.js';

export const wordTasks = tasks([
  [
    'count-words',
    '$a',
    'text sentence',
    'count_words',
    [
      '~count the words of a text',
      '~tell how many words a sentence has',
      '~return the number of words',
      '~get the word count of an essay',
      '~compute the total number of words in a text',
      '~show the word count below the editor',
      '~say how many words the user typed',
      '~determine how many words are in a string',
      '~measure the length of a text in words',
      '~report the word count of a $row description',
      '~split a text at blanks and ~count the parts',
      '~give the amount of words in a comment',
      '~check how long an essay is, counted in words',
      '~answer how many words there are in a paragraph',
      '~calculate the number of words of a $row review',
      '~add up all words of a message',
      '~work out the word total of an article',
      '~state the size of a paragraph as the number of its terms',
      '~tally every word someone wrote, as one total',
      '~see whether an abstract is long enough, I need its words as a number',
    ],
    `def $f($a):
    return len($a.split())`,
    `assert target("one") == 1
assert target("the cat sat") == 3
assert target("a b  c d") == 4
assert target("") == 0`,
  ],
  [
    'word-frequency',
    '$a',
    'text sentence',
    'word_frequency',
    [
      '~return how often each word occurs',
      '~make a word frequency table',
      '~build a histogram of words',
      '~count how often every word appears',
      '~map each word of a text to its count',
      '~compute the frequency of each word',
      '~create a dict from word to number of occurrences',
      '~collect word frequencies of a $row description',
      '~show for every word how many times it is used',
      '~analyse which words occur how often in an article',
      '~get the counts per word of a sentence',
      '~produce a Counter of the words in a text',
      '~list all words together with their frequency',
      '~report the number of times each word was typed',
      '~tally the words of a text one by one in a dict',
      '~count the occurrences of every single word in a song',
      '~calculate a frequency table over the words of the $rows text',
      '~give me per term the times it is repeated in a document string',
      '~summarise a speech as pairs of a word and its repetitions',
      '~prepare data for a word cloud: every word with its weight',
    ],
    `from collections import Counter

def $f($a):
    return Counter($a.lower().split())`,
    `assert dict(target("red blue red")) == {"red": 2, "blue": 1}
assert dict(target("a a a")) == {"a": 3}
assert dict(target("")) == {}`,
  ],
  [
    'most-common-word',
    '$a',
    'text sentence',
    'most_common_word',
    [
      '~find the most common word of a text',
      '~return the word that occurs most often',
      '~get the most frequent word',
      '~tell which word is used the most',
      '~pick the top word of a sentence',
      '~determine the word that is repeated most in an article',
      '~show the favourite word of an author',
      '~locate the most used word in a string',
      '~report the single most frequent word of a $row review',
      '~compute the mode of the words in a text',
      '~search the word with the highest count',
      '~name the word that appears more often than all others',
      '~extract the most popular word from a comment',
      '~give the most common word in what the user wrote',
      '~count words and ~return only the winner',
      '~identify the word a text uses most',
      '~choose the word with the greatest frequency',
      '~discover the buzzword of a speech: the term that comes up most',
      '~say which term dominates a paragraph',
      '~answer what is repeated more than anything else in a letter',
    ],
    `from collections import Counter

def $f($a):
    return Counter($a.lower().split()).most_common(1)[0][0]`,
    `for text, expected in (("red blue red", "red"), ("one two two three", "two"), ("solo", "solo")):
    result = target(text)
    while isinstance(result, (list, tuple)):
        result = result[0]
    assert result == expected, result`,
  ],
  [
    'longest-word',
    '$a',
    'text sentence',
    'longest_word',
    [
      '~find the longest word in a sentence',
      '~return the word with the most letters',
      '~get the longest word of a text',
      '~pick the longest of all words',
      '~tell which word is the longest',
      '~determine the longest word in a string',
      '~search for the word with the greatest length',
      '~show the longest word of a $row title',
      '~extract the longest word from what the user typed',
      '~compare the words of a text by length and ~return the longest',
      '~identify the word that has more characters than the others',
      '~locate the longest word in a paragraph',
      '~report the longest word of a line',
      '~give the max of the words by their length',
      '~name the longest word in a poem',
      '~select the longest word out of a text',
      '~loop over words and ~remember the longest',
      '~reveal the biggest term of a phrase, measured in characters',
      '~answer which part between two blanks is longest',
      '~discover the lengthiest expression in a headline',
    ],
    `def $f($a):
    return max($a.split(), key=len)`,
    `assert target("a tiny elephant walks") == "elephant"
assert target("longest is it") == "longest"
assert target("one") == "one"`,
  ],
  [
    'anagram',
    'first, second',
    'first',
    'is_anagram',
    [
      '~check if two words are anagrams',
      '~test whether two strings are anagrams of each other',
      '~tell if one word is an anagram of the other',
      '~compare the sorted letters of two words',
      '~decide whether two words have the same letters',
      '~return True if two texts are anagrams',
      '~verify that a word can be rearranged into another word',
      '~detect that two words form an anagram',
      '~see if listen and silent are anagrams',
      '~validate an anagram pair',
      '~determine if both words use exactly the same letters',
      '~answer whether two $row names are anagrams',
      '~say if two words are made of the same characters',
      '~judge two strings: anagram or not',
      '~match two words regardless of the order of letters',
      '~check a pair of words for being anagrams, ignoring case',
      '~confirm that the second word is a shuffle of the first',
      '~recognise pairs such as "earth" and "heart"',
      '~find whether reordering one term yields the other term',
      '~learn if two inputs contain equal letters in equal amounts',
    ],
    `def $f(first, second):
    return sorted(first.lower()) == sorted(second.lower())`,
    `assert target("listen", "silent")
assert target("a", "a")
assert not target("aab", "abb")
assert not target("abc", "abcd")`,
  ],
  [
    'initials',
    '$a',
    'name person',
    'initials',
    [
      '~get the initials of a name',
      '~return the initials of a person',
      '~make initials out of a full name',
      '~turn "Ada Lovelace" into "AL"',
      '~show the initials of the user in the avatar',
      '~compute the initials from first and last name',
      '~build a monogram from a name',
      '~abbreviate a person to initials',
      '~extract the first letter of each name part',
      '~collect the first letters of a full name in upper case',
      '~create the initials of a $row owner',
      '~shorten a full name to its initials',
      '~produce upper case initials',
      '~join the first letters of the words of a name',
      '~display initials for a comment author',
      '~derive initials like JFK from John F Kennedy',
      '~convert names to initials for a badge',
      '~reduce somebody to two capital letters, first name and surname',
      '~sign a memo with only the capitals of who wrote it',
      '~render "Grace Hopper" as GH for a round profile icon',
    ],
    `def $f($a):
    return "".join(word[0].upper() for word in $a.split())`,
    `def letters(name):
    return target(name).replace(".", "").replace(" ", "")
assert letters("Ada Lovelace") == "AL"
assert letters("John Fitzgerald Kennedy") == "JFK"
assert letters("Plato") == "P"`,
  ],
  [
    'parse-query',
    '$a',
    'query text',
    'parse_query',
    [
      '~parse a query string',
      '~turn a query string into a dict',
      '~split a query string like a=1&b=2 into keys and values',
      '~read the parameters of a url query',
      '~decode the query string of a link',
      '~get the parameters out of a query string',
      '~convert url parameters to a dictionary',
      '~extract keys and values of a query string',
      '~parse a form body such as name=Bob&age=3',
      '~load a query string into a dict',
      '~break "x=1&y=2" into pairs',
      '~make a dict of the parameters after the question mark',
      '~transform the query of a $row link to a dict',
      '~process a raw query string with urllib',
      '~interpret urlencoded text as a dict',
      '~parse what comes behind the ? of a $row address',
      '~obtain the params of a query string',
      '~unpack text of the shape key=value&key=value',
      '~give me {"q": "tea"} when I hand over "q=tea"',
      '~translate urlencoded data back to python names and contents',
    ],
    `from urllib.parse import parse_qsl

def $f($a):
    return dict(parse_qsl($a))`,
    `def plain(query):
    return {key: value[0] if isinstance(value, list) else value for key, value in dict(target(query)).items()}
assert plain("a=1&b=2") == {"a": "1", "b": "2"}
assert plain("q=tea") == {"q": "tea"}
assert plain("") == {}`,
  ],
]);
