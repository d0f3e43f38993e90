/** SQL injection in queries that search, sort or count rows. */
import type { Scenario } from './scenario.js';
import { BOUND_VALUE_LESSON, statementCheck } from './sql-rows.js';

export const sqlListScenarios: readonly Scenario[] = [
  {
    id: 'sql-search',
    cwe: 'CWE-89',
    weakness: 'SQL injection',
    parameters: 'conn, $a',
    argument: ['term', 'text', 'query'],
    name: 'search_$rows',
    phrasings: [
      '~search $rows whose $field contains a term in Postgres',
      '~list all $rows with a $field like the search text in postgres',
      '~run a LIKE search over the $field of the $rows table with psycopg2',
      '~find $rows by part of the $field with psycopg2',
      '~filter $rows by a search term in the $field, PostgreSQL',
      '~return every $row whose $field has the given substring, we use Postgres',
      '~do a text search on $field in the postgres table $rows',
      '~query postgres for $rows whose $field matches what the user types in the search box',
      '~help a librarian to find $rows by a piece of their $field, Postgres is behind it',
      '~return matches for a partial $field among the $rows, psycopg2',
      '~show $rows with a similar $field, psycopg',
      '~implement the search box for $rows on top of Postgres, it looks at the $field',
      '~look for $rows by keyword in the $field of a postgres table',
      '~select with psycopg2 all $rows that have the word somewhere in $field',
      '~accept a few letters and ~get all $rows with them in the $field, from PostgreSQL',
      '~match $field LIKE %term% on the $rows table, psycopg2 connection is given',
      '~offer suggestions while typing: every $row in Postgres whose $field includes the text',
      '~give the shop a search bar, postgres holds $rows, column $field',
      '~collect $rows from psql where the $field includes a fragment',
      '~narrow a list of $rows down to those with a piece of text in $field, psycopg cursor',
      '~scan the $field column in PostgreSQL for a phrase and ~hand over all $rows that have it',
      '~use psycopg to pick the $rows containing some letters in their $field',
      '~power a find-as-you-type field over the $field of our $rows (PostgreSQL)',
    ],
    lesson: BOUND_VALUE_LESSON,
    secure: [
      {
        how: 'bind the pattern with a placeholder',
        code: `def $f(conn, $a):
    with conn.cursor() as cursor:
        cursor.execute("SELECT * FROM $rows WHERE $field LIKE %s", (f"%{$a}%",))
        return cursor.fetchall()`,
      },
    ],
    insecure: [
      {
        how: 'put the pattern into the query with an f-string',
        code: `def $f(conn, $a):
    with conn.cursor() as cursor:
        cursor.execute(f"SELECT * FROM $rows WHERE $field LIKE '%{$a}%'")
        return cursor.fetchall()`,
      },
    ],
    check: statementCheck('search'),
  },
  {
    id: 'sql-count',
    cwe: 'CWE-89',
    weakness: 'SQL injection',
    parameters: 'conn, $a',
    argument: ['$field'],
    name: 'count_$rows',
    phrasings: [
      '~count the $rows with a given $field in SQLite',
      '~return how many $rows have this $field, SQL',
      '~get the number of $rows in the database whose $field matches',
      '~run SELECT COUNT(*) on $rows for one $field',
      '~tell how often a $field occurs in the $rows table of our db',
      '~compute how many rows of table $rows belong to a $field, sqlite3',
      '~fill a badge with the number of $rows for a $field, data in SQL',
      '~work with COUNT: $field in, number of matching $rows out, sqlite',
      '~find out how many $rows in SQLite share a $field',
      '~query the database for a count of $rows by $field',
      '~give me the amount of $rows stored under a $field in our SQL table',
      '~check how many $rows a visitor has, counted by $field in SQLite',
      '~report the quantity of $rows in SQL where $field is what the user typed',
      '~fetch the row count of $rows for a certain $field with sqlite3',
      '~answer "how many $rows?" for a $field from a web form, the table is in SQL',
      '~add up how many entries of the SQL table $rows carry the $field',
      '~supply statistics: number of $rows in the db that have the $field',
      '~read from SQL how many $rows match a $field, an int is enough',
      '~produce the figure for a dashboard: how many $rows in SQLite with some $field',
      '~determine the number of database rows in $rows for the given $field',
      '~tally the SQL table $rows for one $field and ~hand back an integer',
      '~see how large the group of $rows with an equal $field is, sqlite',
      '~measure how popular a $field is among the $rows in our database',
    ],
    lesson: BOUND_VALUE_LESSON,
    secure: [
      {
        how: 'bind $a with a placeholder',
        code: `def $f(conn, $a):
    query = "SELECT COUNT(*) FROM $rows WHERE $field = ?"
    return conn.execute(query, ($a,)).fetchone()[0]`,
      },
    ],
    insecure: [
      {
        how: 'put $a into the query with an f-string',
        code: `def $f(conn, $a):
    query = f"SELECT COUNT(*) FROM $rows WHERE $field = '{$a}'"
    return conn.execute(query).fetchone()[0]`,
      },
      {
        how: 'join $a to the query text',
        code: `def $f(conn, $a):
    query = "SELECT COUNT(*) FROM $rows WHERE $field = '" + $a + "'"
    return conn.execute(query).fetchone()[0]`,
      },
    ],
    check: statementCheck('count'),
  },
  {
    id: 'sql-order',
    cwe: 'CWE-89',
    weakness: 'SQL injection',
    parameters: 'conn, $a',
    argument: ['column', 'order', 'sorting'],
    name: 'sort_$rows',
    phrasings: [
      '~list all $rows from SQL sorted by a column the user picks, id or $field',
      '~order the SQL table $rows by id or $field, whichever is asked',
      '~sort $rows in SQLite by a given column (id or $field)',
      '~return the $rows with an ORDER BY on the requested column, id or $field',
      '~get every $row from the database in the order of a chosen column: id, $field',
      '~read the $rows table sorted as the url says, ?sort=id or ?sort=$field',
      '~fetch $rows ordered by a column name that comes in, either id or $field',
      '~show the $rows table of our db by id or by $field, sort key is an argument',
      '~respond to ?order=id or ?order=$field with all $rows from the SQL table in that order',
      '~produce a report of all $rows in the db, sorted by id or $field as told',
      '~select $rows with a dynamic ORDER BY column, allowed are id and $field',
      '~allow clicks on the column headers (id, $field) to sort the SQL result of $rows',
      '~query $rows and ~sort them in the database by id or $field',
      '~load $rows from sqlite in the sequence the client wants, by id or by $field',
      '~support sorting in our $rows list, column id or $field, done in SQL',
      '~build the ORDER BY for $rows from user input, which is id or $field',
      '~give back all $rows, ordered by the column in the request (id or $field), with sqlite3',
      '~list the whole $rows table of the database ordered by id or $field',
      '~respect a sort parameter, id or $field, when reading $rows with SQL',
      '~run SELECT on $rows with the sort column passed in, id or $field',
      '~arrange the records of table $rows by whichever heading was clicked, id or $field',
      '~rank what the SQL table $rows holds along id or $field, as visitors like',
      '~deliver the SQL table $rows in ascending id or $field, caller decides',
    ],
    lesson: 'Only the listed columns reach the query (CWE-89).',
    secure: [
      {
        how: 'compare the column with the ones that are allowed',
        code: `def $f(conn, $a):
    if $a not in ("id", "$field"):
        raise ValueError("unknown column")
    return conn.execute(f"SELECT * FROM $rows ORDER BY {$a}").fetchall()`,
      },
    ],
    insecure: [
      {
        how: 'put the column into the query as it is',
        code: `def $f(conn, $a):
    return conn.execute(f"SELECT * FROM $rows ORDER BY {$a}").fetchall()`,
      },
      {
        how: 'join the column to the query',
        code: `def $f(conn, $a):
    return conn.execute("SELECT * FROM $rows ORDER BY " + $a).fetchall()`,
      },
    ],
    check: statementCheck('order'),
  },
];
