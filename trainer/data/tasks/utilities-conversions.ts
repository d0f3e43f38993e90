/** Everyday tasks on notations and units. */
import { tasks } from './task.js';

export const conversionTasks = tasks([
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
      '~get fahrenheit from a celsius value',
      '~show a celsius temperature in fahrenheit',
      '~transform the temperature of a $row from celsius to fahrenheit',
      '~give american users the fahrenheit value of a celsius one',
      '~do a celsius to fahrenheit conversion',
      '~return the degrees in fahrenheit for a weather page in celsius',
      '~convert a sensor value from °C to °F',
      '~express 20 degrees celsius in fahrenheit',
      '~work out how many degrees F a number of degrees C is',
      '~deliver fahrenheit for an oven that is set in celsius',
      '~multiply celsius by 9/5 and ~add 32',
      '~rewrite a metric oven temperature for a kitchen in Texas, in F',
      '~tell what 37 °C reads on a Fahrenheit thermometer',
      '~map the centigrade scale onto the Fahrenheit scale',
    ],
    `def $f($a):
    return $a * 9 / 5 + 32`,
    {
      doubles: ['utilities'],
      functional: `for celsius, expected in ((0, 32), (100, 212), (-40, -40), (37, 98.6)):
    assert is_near(target(celsius), expected), celsius`,
    },
  ],
  [
    'roman-numerals',
    '$a',
    'number n value',
    'to_roman',
    [
      '~convert a number to roman numerals',
      '~turn an integer into a roman numeral',
      '~write a year in roman numerals',
      '~get the roman numeral of a number',
      '~apply roman numerals: 4 becomes IV',
      '~translate arabic numbers to roman ones',
      '~show the number of a chapter as a roman numeral',
      '~compute the roman numeral for an integer',
      '~make XIV out of 14',
      '~return roman numerals for the pages of a preface',
      '~express a number with I, V, X, L, C, D and M',
      '~encode an int as a roman numeral',
      '~number the $rows with roman numerals like II and IX',
      '~generate the roman form of a number',
      '~print 2024 as MMXXIV',
      '~spell an integer like the Romans did',
      '~produce roman digits for a clock face',
      '~render the year on a monument the way ancient Rome would carve it',
      '~transcribe 9 to IX and 40 to XL, up to the thousands',
      '~display an integer using the letters IVXLCDM',
    ],
    `def $f($a):
    digits = ""
    numerals = "M CM D CD C XC L XL X IX V IV I".split()
    for weight, numeral in zip((1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1), numerals):
        digits += numeral * ($a // weight)
        $a %= weight
    return digits`,
    `for number, expected in ((1, "I"), (4, "IV"), (14, "XIV"), (90, "XC"), (444, "CDXLIV"), (1994, "MCMXCIV"), (2024, "MMXXIV")):
    assert target(number) == expected, number`,
  ],
  [
    'to-binary',
    '$a',
    'number n value',
    'to_binary',
    [
      '~convert a number to binary',
      '~turn an integer into a binary string',
      '~show a number in base 2',
      '~get the bits of an integer as text',
      '~return the binary form of a number',
      '~write 5 as 101',
      '~translate decimal to binary',
      '~compute the binary representation of an integer',
      '~print a number as zeros and ones',
      '~encode an int in binary',
      '~change a decimal number to base two',
      '~make a binary string out of an int',
      '~give the binary digits of a $row number',
      '~express a value in the binary system',
      '~transform decimal numbers to their bits',
      '~display 10 as 1010',
      '~produce the base 2 notation of a number',
      '~represent an amount with only the digits 0 and 1',
      '~tell how a computer would hold 13, as a sequence like 1101',
      '~rewrite a count from ten digits to two',
    ],
    `def $f($a):
    return bin($a)[2:]`,
    `for number, expected in ((0, "0"), (5, "101"), (10, "1010"), (255, "11111111")):
    result = str(target(number))
    assert result in (expected, "0b" + expected), result`,
  ],
  [
    'duration',
    '$a',
    'seconds duration',
    'to_clock',
    [
      '~convert seconds to hours, minutes and seconds',
      '~show a number of seconds as h:mm:ss',
      '~turn seconds into a readable duration',
      '~display the length of a video, which is in seconds, as a clock',
      '~make 1:01:05 out of 3665 seconds',
      '~split seconds into hours, minutes and seconds',
      '~print a duration in seconds as hours:minutes:seconds',
      '~translate 90 seconds to 0:01:30',
      '~compute the hours and minutes in some seconds',
      '~return seconds as a time text with colons',
      '~render the time of a runner given in seconds',
      '~write a song length in seconds as a duration',
      '~give the hh:mm:ss form of a total of seconds',
      '~express an amount of seconds in hours, minutes and seconds',
      '~change the seconds a $row took into h:mm:ss',
      '~get a duration string from seconds',
      '~transform seconds to a duration with divmod',
      '~represent a countdown: raw seconds come in, 0:00:59 comes out',
      '~tell a human how long 5000 seconds are, like a stopwatch would',
      '~break elapsed time, an int of seconds, into the three parts of a clock',
    ],
    `def $f($a):
    minutes, seconds = divmod($a, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}"`,
    {
      doubles: ['calls', 'utilities'],
      functional: `for total, expected in ((3665, [1, 1, 5]), (90, [0, 1, 30]), (0, [0, 0, 0]), (36000, [10, 0, 0])):
    shown = [int(word) for word in words_of(target, total) if word.isdigit()]
    assert shown == expected or [part for part in shown if part] == [part for part in expected if part], shown`,
    },
  ],
]);
