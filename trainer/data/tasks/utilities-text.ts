/** Everyday tasks on the characters of a text. */
import { tasks } from './task.js';

export const textTasks = tasks([
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
      '~mirror a string so that the last letter comes first',
      '~give back the reversed text',
      '~spell a string from back to front',
      '~show a $row name in reverse',
      '~display whatever the user typed, but backwards',
      '~read a word from right to left',
      '~invert the order of the letters in a string',
      '~make "hello" into "olleh"',
      '~swap the characters of a string end to end',
      '~print the mirror image of a text',
      '~create a reversed copy of a str',
      '~walk from the last character of a word to the first and ~collect them all',
      '~reverse the $field of a $row letter by letter',
      '~rearrange a phrase so that its end becomes its beginning',
      '~produce the backward spelling of whatever is passed in',
      '~change "abc" into "cba", for input of any length',
    ],
    `def $f($a):
    return $a[::-1]`,
    `assert target("hello") == "olleh"
assert target("Ab 1") == "1 bA"
assert target("") == ""`,
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
      '~say how many vowels the user typed',
      '~tally the vowels, upper or lower case',
      '~go through a text and ~count each vowel',
      '~check every letter and ~count it if it is a vowel',
      '~measure how many vowels the $field of a $row has',
      '~count a, e, i, o and u in a word',
      '~report the total of vowels in a phrase',
      '~give the amount of vowels that a $row name contains',
      '~loop over the letters and ~add one for each vowel',
      '~determine the number of vowels, ignoring case',
      '~answer how many vowels are in a line of text',
      '~work out how many of the letters are aeiou',
      '~add up every a, e, i, o, u that shows up in some words',
      '~see how vowel heavy a word is, as a whole number',
    ],
    `def $f($a):
    return sum(1 for letter in $a.lower() if letter in "aeiou")`,
    `assert target("banana") == 3
assert target("Umbrella AEIOU") == 8
assert target("xyz") == 0
assert target("") == 0`,
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
      '~compare a word with its mirror image',
      '~decide whether a phrase is a palindrome',
      '~recognise words such as level or racecar',
      '~verify that a text is the same in both directions',
      '~say yes if a word is a palindrome and no otherwise',
      '~see if the $field of a $row is a palindrome',
      '~validate a palindrome, ignoring case and blanks',
      '~notice a sentence that is a palindrome',
      '~test "madam" style words that read equally from both ends',
      '~check a palindrome, punctuation does not matter',
      '~determine if the input of the user is a palindrome',
      '~answer whether a word stays the same when reversed',
      '~judge if something like "abba" is symmetric, letter by letter',
      '~confirm that the first and last letters match, then the next pair, up to the middle',
      '~find whether spelling a term from the right gives the very same term',
    ],
    `def $f($a):
    letters = [c for c in $a.lower() if c.isalnum()]
    return letters == letters[::-1]`,
    `for word in ("level", "abba", "x", "racecar"):
    assert target(word), word
for word in ("python", "ab", "abca"):
    assert not target(word), word`,
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
      '~give all words of a text a capital letter',
      '~uppercase the first letters of a sentence',
      '~capitalize every word in the $field of a $row',
      '~turn "hello world" into "Hello World"',
      '~spell a person name properly, with capitals',
      '~give every word of a headline a capital letter',
      '~fix names that users type in lower case, like "anna smith"',
      '~change a string to Title Case',
      '~raise the first character of each word to upper case',
      '~capitalize all words of a book title',
      '~produce the title case of a $row name',
      '~provide each word with a big first letter',
      '~make the words of a heading start with uppercase',
      '~beautify a lower case heading: one capital per term',
      '~render "the old man" as "The Old Man"',
      '~switch the initial of every single word to its large form',
    ],
    `def $f($a):
    return " ".join(word.capitalize() for word in $a.split())`,
    `assert target("hello world") == "Hello World"
assert target("the old man") == "The Old Man"
assert target("a") == "A"
assert target("") == ""`,
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
      '~generate the slug for a $row page',
      '~lowercase a title and ~replace everything else by hyphens',
      '~derive a permalink from the $field of a $row',
      '~make "Hello, World!" into "hello-world"',
      '~produce a clean link name for an article',
      '~get a url safe version of a heading with hyphens',
      '~slugify the name of a $row for its address',
      '~replace blanks and punctuation of a title by dashes, in lower case',
      '~create the url part of a post out of its title',
      '~transform a text to a slug like my-new-shop',
      '~compute the slug of a product name',
      '~render a caption as lower case words with - between them, fit for a web address',
      '~give every news story a readable path such as big-news-today',
      '~clean a heading so that it can stand in a link, words joined by hyphens',
    ],
    `import re

def $f($a):
    return re.sub(r"[^a-z0-9]+", "-", $a.lower()).strip("-")`,
    `assert target("My Title") == "my-title"
assert target("Hello, World!") == "hello-world"
assert target("one") == "one"
assert target("Top 10 Books") == "top-10-books"`,
  ],
  [
    'truncate-text',
    '$a, length',
    'text value title',
    'truncate',
    [
      '~truncate a text to a maximum length',
      '~shorten a string and ~add three dots',
      '~cut a long text off with an ellipsis',
      '~limit a description to some characters followed by ...',
      '~trim a text that is too long and ~finish it with dots',
      '~abbreviate the $field of a $row to a given length',
      '~make a preview of a long text',
      '~shorten a message so that it fits on the page',
      '~truncate long $row names with ...',
      '~show only the beginning of a text if it is too long',
      '~abridge a string to n characters with dots at the end',
      '~reduce a comment to a teaser of limited length',
      '~shorten texts that are longer than a limit, others stay',
      '~build an excerpt of an article with an ellipsis',
      '~cut the title of a $row after so many characters',
      '~bound the length of a text and ~mark the cut with dots',
      '~truncate what the user wrote to a maximum number of characters',
      '~squeeze a wordy caption into a fixed width by dropping its tail',
      '~display "This is a lo..." when a sentence does not fit',
      '~leave short input alone, but ~shorten whatever exceeds the allowed size',
    ],
    `def $f($a, length):
    return $a if len($a) <= length else $a[:length - 3] + "..."`,
    `assert target("short", 10) == "short"
for text, length in (("a long text about tea", 12), ("x" * 50, 20)):
    result = target(text, length)
    start = result.rstrip(".\\u2026 ")
    assert start and text.startswith(start) and len(result) <= length + 3 and len(start) <= length, result`,
  ],
  [
    'snake-case',
    '$a',
    'name text identifier',
    'to_snake_case',
    [
      '~convert camelCase to snake_case',
      '~turn a camel case name into snake case',
      '~rename identifiers from camelCase to snake_case',
      '~make snake_case out of CamelCase',
      '~change "userName" to "user_name"',
      '~turn the camelCase keys of an api into snake_case',
      '~transform a class name to snake_case',
      '~convert java style names to names with underscores',
      '~insert underscores before capitals and ~lowercase the rest',
      '~translate a camelCase column to snake_case',
      '~get the snake_case form of an identifier',
      '~produce a name with underscores from a CamelCase one',
      '~rewrite firstName as first_name',
      '~split a camelCase word with underscores',
      '~derive a python name from a javascript name such as orderId',
      '~replace camel case by snake case in the $field of a $row',
      '~lowercase an identifier with _ in front of each former capital',
      '~normalise words like myLongVariable into my_long_variable',
      '~smooth the humps of a variable: every hump becomes an underscore and a small letter',
      '~adapt names of a typescript model to pep 8',
    ],
    `import re

def $f($a):
    return re.sub(r"(?<!^)(?=[A-Z])", "_", $a).lower()`,
    `assert target("userName") == "user_name"
assert target("CamelCase").lstrip("_") == "camel_case"
assert target("name") == "name"
assert target("myLongVariable") == "my_long_variable"`,
  ],
]);
