/** Input that becomes a command, code or a query of another language than SQL. */
import { commandScenarios } from './commands.js';
import { queryScenarios } from './queries.js';
import type { Scenario } from './scenario.js';

const codeScenarios: readonly Scenario[] = [
  {
    id: 'eval-expression',
    cwe: 'CWE-95',
    weakness: 'eval injection',
    parameters: '$a',
    argument: ['text', 'literal', 'value'],
    name: 'parse_value',
    phrasings: [
      '~turn a string like [1, 2] into a Python value',
      '~parse a Python literal from a text field',
      '~convert the text of a Python list into a list',
      '~interpret a Python dict that arrives as a string',
      '~read a Python value out of user input',
      '~transform a string with numbers in brackets into a real list',
      '~convert a literal such as {"a": 1} from str to dict',
      '~evaluate a literal that a user typed, such as (1, 2) or None',
      '~open up a string that looks like Python data, for example {"k": [1]}, for the admin page',
      '~map user text to real Python data (lists, dicts, numbers, None)',
      '~undo repr() on text that a user sends',
      '~make a tuple, list or dict again from its printed form',
      '~receive "[1, 2, 3]" from a form field and ~return the list',
      '~get the Python object that a string spells out',
      '~decode what str(my_dict) wrote, it comes back as text',
      '~accept list syntax in a text box and ~give me the list',
      '~read settings like {"debug": True} that are stored as Python text',
      '~change a quoted Python structure into the structure',
      '~understand user text such as ["x", 3.5] as Python data',
      '~load a cell of a csv that holds a Python list as text',
      '~rebuild the tuple somebody wrote down as a string',
      '~reverse repr: characters in, the Python object out',
      '~treat what the visitor entered as a Python constant and ~hand it back with its type',
    ],
    lesson: 'literal_eval reads literals and never runs code (CWE-95).',
    secure: [
      {
        how: 'use ast.literal_eval, which accepts literals only',
        code: `import ast

def $f($a):
    return ast.literal_eval($a)`,
      },
    ],
    insecure: [
      {
        how: 'call eval on the text',
        code: `def $f($a):
    return eval($a)`,
      },
    ],
    check: { doubles: ['injection'], functional: 'literal_works(target)', security: 'literal_is_safe(target)' },
  },
  {
    id: 'code-dispatch',
    cwe: 'CWE-94',
    weakness: 'code injection',
    parameters: '$a',
    argument: ['action', 'command', 'operation'],
    name: 'run_action',
    slots: {
      first: ['start', 'open', 'add', 'send', 'lock'],
      second: ['stop', 'close', 'remove', 'cancel', 'reset'],
    },
    phrasings: [
      '~run $first_$row or $second_$row, whichever the request names ("$first" or "$second")',
      '~call $first_$row() for the word "$first" and $second_$row() for "$second"',
      '~dispatch the command string "$first" or "$second" to $first_$row or $second_$row',
      '~do what the command word says: $first or $second, with our $first_$row and $second_$row',
      '~trigger $first_$row or $second_$row from a string such as "$first"',
      '~map the commands $first and $second to the functions $first_$row and $second_$row and ~call the right one',
      '~handle the bot commands $first and $second, they run $first_$row and $second_$row',
      '~execute the action the client asks for, $first_$row or $second_$row',
      '~steer a $row from chat: "$first" runs $first_$row, "$second" runs $second_$row',
      '~serve a remote control with the words $first and $second, the functions $first_$row and $second_$row exist',
      '~choose between $first_$row and $second_$row by a user typed word ($first/$second)',
      '~react to "$first" with $first_$row and to "$second" with $second_$row',
      '~route a chat message, either $first or $second, to $first_$row or $second_$row',
      '~pick $first_$row when the text is $first, $second_$row when it is $second, and ~run it',
      '~switch on the action name: $first means $first_$row, $second means $second_$row',
      '~invoke one of two existing functions, $first_$row and $second_$row, the form sends which ($first, $second)',
      '~obey a word from the web page: $first or $second a $row with $first_$row and $second_$row',
      '~follow the action in the request ("$first", "$second") to run $first_$row or $second_$row',
      '~fire $first_$row or else $second_$row depending on the command',
      '~accept the verb a user sends, $first or $second, and ~apply $first_$row or $second_$row',
      '~wire the two buttons $first and $second to $first_$row and $second_$row, the button text is passed in',
      '~offer one entry point for both verbs, "$first" leads to $first_$row and "$second" to $second_$row',
      '~translate an incoming verb to a function call, we have $first_$row and $second_$row',
    ],
    lesson: 'Only names in the table can run (CWE-94).',
    secure: [
      {
        how: 'look the name up in a fixed table of functions',
        code: `def $f($a):
    actions = {"$first": $first_$row, "$second": $second_$row}
    return actions[$a]()`,
      },
      {
        how: 'compare the name with the two that are allowed',
        code: `def $f($a):
    if $a == "$first":
        return $first_$row()
    if $a == "$second":
        return $second_$row()`,
      },
    ],
    insecure: [
      {
        how: 'put the name into code for eval',
        code: `def $f($a):
    return eval(f"{$a}_$row()")`,
      },
      {
        how: 'hand the name to exec',
        code: `def $f($a):
    exec($a + "_$row()")`,
      },
    ],
    check: {
      doubles: ['injection'],
      setup: 'provide_actions("$first_$row", "$second_$row")',
      functional: 'dispatch_works(target, solution, ["$first", "$second"], "$row")',
      security: 'dispatch_is_safe(target, solution, ["$first", "$second"], "$row")',
    },
  },
  {
    id: 'eval-operator',
    cwe: 'CWE-95',
    weakness: 'eval injection',
    parameters: 'left, $a, right',
    argument: ['sign', 'symbol', 'operation'],
    name: 'calculate',
    phrasings: [
      '~calculate with two numbers and an operator +, - or * from the user',
      '~apply an operator such as "+" to two numbers',
      '~compute left op right, where op is +, - or *',
      '~work as a pocket calculator: number, sign, number',
      '~add, subtract or multiply two numbers, the sign says which',
      '~combine two numbers with the operator that a form sends',
      '~do the arithmetic for our calculator page: two inputs and a + - * menu',
      '~return the result of a sum, difference or product chosen by a sign',
      '~teach children sums: two numbers and a sign typed by the child, the answer comes back',
      '~reduce number, + or - or *, number to one number',
      '~give the result of one operation, such as 3 * 4, given as three arguments',
      '~accept 6, "+" and 3 and ~give 9, same for - and *',
      '~solve a simple calculation, first number, operator string, second number',
      '~implement the equals key of a calculator (plus, minus, times)',
      '~apply the symbol a user picks to join two numbers in a calculation',
      '~get the value of two operands and an operator character',
      '~run the math operation with the given sign on both values',
      '~handle +, - and * for two numbers in a chat bot',
      '~execute a basic binary operation, the operator is text',
      '~total, take away or multiply two figures as the chosen symbol demands',
      '~power a small desk calculator with two figures and a key pressed between them',
      '~find what x ? y is when a pupil fills in the question mark with plus, minus or times signs',
      '~crunch a pair of figures using the + - * key somebody pressed',
    ],
    lesson: 'Only operators in the table are applied, and no text runs (CWE-95).',
    secure: [
      {
        how: 'look $a up in a table of functions',
        code: `import operator

OPERATORS = {"+": operator.add, "-": operator.sub, "*": operator.mul}

def $f(left, $a, right):
    return OPERATORS[$a](left, right)`,
      },
    ],
    insecure: [
      {
        how: 'put $a into an expression for eval',
        code: `def $f(left, $a, right):
    return eval(f"{left} {$a} {right}")`,
      },
    ],
    check: { doubles: ['injection'], functional: 'operator_works(target)', security: 'operator_is_safe(target)' },
  },
];

export const injectionScenarios: readonly Scenario[] = [...commandScenarios, ...codeScenarios, ...queryScenarios];
