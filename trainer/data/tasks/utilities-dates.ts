/** Everyday tasks on dates. */
import { tasks } from './task.js';

export const dateTasks = tasks([
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
      '~subtract two dates and ~return the days',
      '~calculate the days from start to end',
      '~determine the length of a holiday in days',
      '~show how many days a $row was rented, from start date to end date',
      '~return the days that passed between two dates',
      '~find the distance of two dates in days',
      '~work out the number of nights between check-in and check-out dates',
      '~measure the time between two dates in days',
      '~give the days of a project from its first to its last date',
      '~say how many days there are from one day to another day',
      '~do date arithmetic: days between two given dates',
      '~report the gap between two dates, in days',
      '~compare two dates and ~return whole days',
      '~answer how long a trip takes: departure date, arrival date, whole days',
      '~learn how late an invoice was paid: due date and date of payment, result in days',
      '~count the midnights from one point in the calendar to another',
    ],
    `def $f(start, end):
    return (end - start).days`,
    {
      doubles: ['calls'],
      functional: `from datetime import date
for start, end, expected in (((2024, 2, 28), (2024, 3, 1), 2), ((2023, 12, 31), (2024, 12, 31), 366), ((2024, 5, 5), (2024, 5, 5), 0)):
    first, last = date(*start), date(*end)
    result = call_first(target, (first, last), (first.isoformat(), last.isoformat()))
    assert abs(getattr(result, "days", result)) == expected, result`,
    },
  ],
  [
    'age',
    '$a',
    'birthday born date',
    'age',
    [
      '~compute the age of a person from the birthday',
      '~calculate how old someone is',
      '~get the age in years of a birth date',
      '~return the age of a user by date of birth',
      '~tell how old a $row is today, given the birthday',
      '~work out the current age from a birthday',
      '~determine the age of a member in whole years',
      '~show the age for a profile that has a date of birth',
      '~convert a date of birth to an age',
      '~find how many years ago someone was born',
      '~turn a birthday into years of age',
      '~give the age of an employee on the current day',
      '~find the years since birth, the birthday this year may still come',
      '~derive the age from a birthdate',
      '~report the age of a patient by the date of birth',
      '~state the age of a player whose birthday we know',
      '~count the birthdays a person has had',
      '~check how many candles belong on a cake today, from the day someone came into the world',
      '~tell how many years a member has lived up to now, we store when they were born',
      '~learn if grandma is 80 yet: her years so far, from her birth',
    ],
    `from datetime import date

def $f($a):
    today = date.today()
    return today.year - $a.year - ((today.month, today.day) < ($a.month, $a.day))`,
    {
      doubles: ['calls'],
      functional: `from datetime import date, datetime, timedelta
today = date.today()
soon, past = today + timedelta(days=7), today - timedelta(days=7)
for day, years in ((soon, 30), (past, 30), (past, 4), (today, 20)):
    born = date(day.year - years, day.month, min(day.day, 28))
    expected = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    result = call_first(target, (born,), (datetime(born.year, born.month, born.day),), (born.isoformat(),))
    assert int(result) == expected, (born, result)`,
    },
  ],
  [
    'weekday',
    '$a',
    'date day',
    'weekday',
    [
      '~get the weekday of a date',
      '~tell on which day of the week a date falls',
      '~return the name of the weekday',
      '~show the weekday of a $row, such as Monday',
      '~find the day of the week for a date',
      '~compute which weekday a date is',
      '~turn a date into Monday, Tuesday and so on',
      '~determine whether a date is a Monday or another weekday',
      '~print the day name of a date',
      '~give the weekday for the delivery date of a $row',
      '~work out the weekday someone was born on',
      '~look up the day of the week in a calendar',
      '~display the weekday beside a date',
      '~convert a date to the name of its day',
      '~report the weekday of an appointment',
      '~answer what day of the week a date is',
      '~label each date with its weekday name',
      '~say if a party is on a Saturday or which other day, from its date',
      '~name the day, Monday to Sunday, that belongs to a point in the calendar',
      '~reveal that 2024-01-01 was a Monday, for any date',
    ],
    `def $f($a):
    return $a.strftime("%A")`,
    {
      doubles: ['calls', 'utilities'],
      functional: `from datetime import date
names = "monday tuesday wednesday thursday friday saturday sunday".split()
for day in range(1, 8):
    when = date(2024, 1, day)
    try:
        shown = words_of(target, when)
    except (AttributeError, TypeError, ValueError):
        shown = words_of(target, when.isoformat())
    name = names[day - 1]
    assert shown in ([str(day - 1)], [str(day)]) or shown[-1].lower() in (name, name[:3]), shown`,
    },
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
      '~determine if it is a leap year',
      '~validate that a year is a leap year',
      '~say if the year a user enters is a leap year',
      '~decide whether february has 29 days in a year',
      '~apply the leap year rule with 4, 100 and 400',
      '~see if 2024 or another year is leap',
      '~verify a leap year for our calendar',
      '~implement the gregorian leap year rule',
      '~answer if a year has a leap day',
      '~recognise leap years such as 2000 but not 1900',
      '~compute whether a year is leap',
      '~report if the year of a $row is a leap year',
      '~confirm that an extra day is added to some year of the calendar',
      '~know which years get a 29th of February: yes or no for one of them',
      '~distinguish 365 from 366 days',
    ],
    `def $f($a):
    return $a % 4 == 0 and ($a % 100 != 0 or $a % 400 == 0)`,
    `for year in (2000, 2024, 1996, 400):
    assert target(year), year
for year in (1900, 2023, 2100, 2001):
    assert not target(year), year`,
  ],
]);
