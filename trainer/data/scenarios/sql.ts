/** SQL injection, in the four statements that applications write most. */
import type { Scenario } from './scenario.js';

const lesson = 'The value is bound by the driver, so it cannot change the query (CWE-89).';

export const sqlScenarios: readonly Scenario[] = [
  {
    id: 'sql-select',
    cwe: 'CWE-89',
    weakness: 'SQL injection',
    parameters: 'conn, $a',
    argument: ['$field'],
    name: 'find_$row',
    phrasings: [
      '~look up a $row by $field in a SQLite database',
      '~get the $row with a given $field from the database',
      '~fetch one $row from the $rows table where $field matches',
      '~return the row of the $row whose $field is given',
      '~select a $row from sqlite by its $field',
      '~query the $rows table for a $field',
      '~load a $row from the db using the $field',
      '~retrieve $rows with a certain $field with sqlite3',
      '~read the $row record that belongs to a $field out of SQL',
      '~check in the database if a $row with this $field exists',
      '~search the $rows table by $field and ~return the first hit',
      '~pull a $row out of our SQLite table, the user gives the $field',
      '~find a $row by $field in SQLite',
    ],
    lesson,
    secure: [
      {
        how: 'bind $a with a placeholder',
        code: `def $f(conn, $a):
    query = "SELECT * FROM $rows WHERE $field = ?"
    return conn.execute(query, ($a,)).fetchone()`,
      },
      {
        how: 'pass $a as a parameter of a cursor',
        code: `def $f(conn, $a):
    cursor = conn.cursor()
    cursor.execute("SELECT * FROM $rows WHERE $field = ?", ($a,))
    return cursor.fetchone()`,
      },
    ],
    insecure: [
      {
        how: 'put $a into the query with an f-string',
        code: `def $f(conn, $a):
    query = f"SELECT * FROM $rows WHERE $field = '{$a}'"
    return conn.execute(query).fetchone()`,
      },
      {
        how: 'join $a to the query text',
        code: `def $f(conn, $a):
    cursor = conn.cursor()
    cursor.execute("SELECT * FROM $rows WHERE $field = '" + $a + "'")
    return cursor.fetchone()`,
      },
    ],
  },
  {
    id: 'sql-insert',
    cwe: 'CWE-89',
    weakness: 'SQL injection',
    parameters: 'conn, $a',
    argument: ['$field'],
    name: 'add_$row',
    phrasings: [
      '~insert a new $row with a $field into the $rows table',
      '~add a $row to the database',
      '~save a $row with its $field in SQLite',
      '~store the $field of a $row in the $rows table',
      '~create a $row record in sqlite3',
      '~write a $row into our SQL table',
      '~register a new $row by $field in the db',
      '~put the $field into the table $rows',
      '~append a row for the $row to a sqlite table',
      '~record a $row and its $field in the database',
      '~insert the $field that a user typed into the $rows table',
    ],
    lesson,
    secure: [
      {
        how: 'bind $a with a placeholder',
        code: `def $f(conn, $a):
    conn.execute("INSERT INTO $rows ($field) VALUES (?)", ($a,))
    conn.commit()`,
      },
    ],
    insecure: [
      {
        how: 'format $a into the statement',
        code: `def $f(conn, $a):
    conn.execute("INSERT INTO $rows ($field) VALUES ('%s')" % $a)
    conn.commit()`,
      },
      {
        how: 'put $a into the statement with an f-string',
        code: `def $f(conn, $a):
    conn.execute(f"INSERT INTO $rows ($field) VALUES ('{$a}')")
    conn.commit()`,
      },
    ],
  },
  {
    id: 'sql-delete',
    cwe: 'CWE-89',
    weakness: 'SQL injection',
    parameters: 'conn, $a',
    argument: ['$row_id', '$field'],
    name: 'delete_$row',
    phrasings: [
      '~delete a $row from the database',
      '~remove the $row with the given id from SQLite',
      '~drop a $row row from the $rows table by id',
      '~erase a $row record in sql',
      '~delete the row of one $row with sqlite3',
      '~remove $rows that match an id from the db',
      '~clear a $row out of the $rows table',
      '~purge the $row a user picked from our database',
      '~get rid of a $row in the SQLite table',
      '~unregister a $row by deleting its row',
      '~delete a $row by id from the table $rows',
    ],
    lesson,
    secure: [
      {
        how: 'bind $a with a placeholder',
        code: `def $f(conn, $a):
    conn.execute("DELETE FROM $rows WHERE id = ?", ($a,))
    conn.commit()`,
      },
    ],
    insecure: [
      {
        how: 'put $a into the statement with an f-string',
        code: `def $f(conn, $a):
    conn.execute(f"DELETE FROM $rows WHERE id = {$a}")
    conn.commit()`,
      },
      {
        how: 'join $a to the statement',
        code: `def $f(conn, $a):
    conn.execute("DELETE FROM $rows WHERE id = " + $a)
    conn.commit()`,
      },
    ],
  },
  {
    id: 'sql-search',
    cwe: 'CWE-89',
    weakness: 'SQL injection',
    parameters: 'conn, $a',
    argument: ['term', 'text', 'query'],
    name: 'search_$rows',
    phrasings: [
      '~search $rows whose $field contains a term in Postgres',
      '~list all $rows with a $field like the search text',
      '~run a LIKE search over the $field of the $rows table',
      '~find $rows by part of the $field with psycopg2',
      '~filter $rows by a search term in PostgreSQL',
      '~return every $row whose $field has the given substring',
      '~do a full text match on $field in the $rows table',
      '~query postgres for $rows that match what the user types in the search box',
      '~show $rows with a similar $field, psycopg',
      '~implement the search box for $rows on top of SQL',
      '~look for $rows by keyword in a postgres table',
    ],
    lesson,
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
  },
  {
    id: 'sql-update',
    cwe: 'CWE-89',
    weakness: 'SQL injection',
    parameters: 'conn, $row_id, $a',
    argument: ['$field'],
    name: 'update_$row',
    phrasings: [
      '~change the $field of a $row in the database',
      '~update the $field column of one $row',
      '~set a new $field for a $row in SQLite',
      '~rename the $field of a $row with an SQL update',
      '~edit a $row in the $rows table',
      '~modify the $field stored for a $row id',
      '~overwrite the $field of the $row in sqlite3',
      '~write the new $field of the $row back to the db',
      '~let users change the $field of their $row',
      '~correct the $field of a $row in the table $rows',
      '~update a $row in the $rows table by id',
    ],
    lesson,
    secure: [
      {
        how: 'bind both values with placeholders',
        code: `def $f(conn, $row_id, $a):
    query = "UPDATE $rows SET $field = ? WHERE id = ?"
    conn.execute(query, ($a, $row_id))
    conn.commit()`,
      },
    ],
    insecure: [
      {
        how: 'format both values into the statement',
        code: `def $f(conn, $row_id, $a):
    query = "UPDATE $rows SET $field = '{}' WHERE id = {}".format($a, $row_id)
    conn.execute(query)
    conn.commit()`,
      },
    ],
  },
];
