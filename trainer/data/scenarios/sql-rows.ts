/** SQL injection in statements about one row. */
import type { Scenario } from './scenario.js';

export const BOUND_VALUE_LESSON = 'The value is bound by the driver, so it cannot change the query (CWE-89).';

/** The two functions of checks/sql.py for one kind of statement. */
export function statementCheck(
  kind: 'select' | 'insert' | 'delete' | 'update' | 'search' | 'order' | 'count',
): Scenario['check'] {
  return {
    doubles: ['sql'],
    functional: `${kind}_works(target, "$rows", "$field")`,
    security: `${kind}_is_safe(target, "$rows", "$field")`,
  };
}

export const sqlRowScenarios: readonly Scenario[] = [
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
      '~query the $rows table for one row with this $field',
      '~load a $row from the db using the $field',
      '~retrieve the single $row that has a certain $field with sqlite3',
      '~show me the $row for a $field, it sits in a SQL table',
      '~help me get one record of $rows, condition on $field, sqlite3',
      '~read the $row record that belongs to a $field out of SQL',
      '~receive a $field from the login form and ~fetch the matching $row with a SELECT',
      '~pull a $row out of our SQLite table, the user gives the $field',
      '~find who in the $rows table carries a $field (sqlite3, first hit is enough)',
      '~do a SELECT on $rows with the $field that comes in and ~hand back the first row',
      '~serve the detail page of a $row: SQL lookup, the $field is in the link',
      '~give me the $row stored under some $field, $rows are in a sqlite table',
      '~go through an open sqlite connection to exactly one $row, key is the $field',
      '~tell which $row has the $field a visitor typed, the data sits in SQLite',
      '~perform a tiny lookup, $field in, one database row out, table $rows',
      '~track down the right $row in the database when all I have is its $field',
      '~ask SQLite who or what is behind a $field, the table is called $rows',
      '~match a $field against the table $rows and ~bring back its $row',
    ],
    lesson: BOUND_VALUE_LESSON,
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
    check: statementCheck('select'),
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
      '~add a $row with a $field to the database',
      '~save a new $row with its $field in SQLite',
      '~store one more $row: its $field comes in, SQL takes it',
      '~create a $row record in sqlite3 from a $field',
      '~write a new $row into our SQL table, only the $field is known',
      '~register a new $row by $field in the db',
      '~put the $field into the table $rows as a new row',
      '~fill the SQL table $rows: one more row per call, the value for $field is the argument',
      '~file a new $row in SQLite, nothing but its $field',
      '~append a row for the $row to a sqlite table, with its $field',
      '~record a new $row and its $field in the database',
      '~insert the $field that a user typed into the $rows table',
      '~do an INSERT for a $row, the sign-up form sends the $field',
      '~persist one more $row in SQLite, given a $field, with a commit',
      '~keep every $field that visitors submit as a row of $rows',
      '~log a fresh $row to the $rows table when its $field arrives',
      '~enter a $row in the db, column $field',
      '~save what was typed as $field, one new line in the SQL table $rows',
      '~make a new entry in the $rows table, the form has one box: $field',
      '~welcome another $row to our database, all we have is the $field',
      '~bring a $row that did not exist before into table $rows, its $field is passed in',
      '~extend the SQLite table $rows by one record holding the $field',
    ],
    lesson: BOUND_VALUE_LESSON,
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
    check: statementCheck('insert'),
  },
  {
    id: 'sql-delete',
    cwe: 'CWE-89',
    weakness: 'SQL injection',
    parameters: 'conn, $a',
    argument: ['$row_id', '$row_number', '$row_key'],
    name: 'delete_$row',
    phrasings: [
      '~delete a $row from the database by id',
      '~remove the $row with the given id from SQLite',
      '~drop a $row row from the $rows table by id',
      '~erase a $row record in sql, its id is passed in',
      '~delete the row of one $row with sqlite3',
      '~remove the $row that has this id from the db',
      '~clear one $row out of the $rows table',
      '~purge the $row a user picked from our database',
      '~withdraw a $row: its row in the SQL table $rows goes, by id',
      '~prune one $row with a DELETE statement, id from the url',
      '~do away with one $row in the SQLite table',
      '~unregister a $row by deleting its database row',
      '~clean up after a support call: one $row, known by id, must leave SQL',
      '~run a DELETE on $rows for one id with a commit',
      '~allow an admin to click a $row away, so its row in SQL goes',
      '~cancel a $row for good: the row with that id leaves the $rows table',
      '~wipe a single $row from sqlite, id comes from the link',
      '~discard the database entry of a $row, id given',
      '~destroy a $row record, we have the connection and an id',
      '~expunge row number so and so in the SQL table $rows',
      '~strike one $row off the $rows table, the trash button sends its id',
      '~throw away the $row behind an id, data is in SQLite',
      '~make a $row disappear from the database once someone sends its id',
    ],
    lesson: BOUND_VALUE_LESSON,
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
    check: statementCheck('delete'),
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
      '~set another $field on an existing $row in SQLite',
      '~rename the $field of a $row with an SQL update',
      '~edit a $row: only its $field changes, everything lives in sqlite',
      '~modify the $field stored for a $row id',
      '~overwrite the $field of the $row in sqlite3',
      '~write the new $field of the $row back to the db',
      '~move a $row to a new $field (same id), SQL',
      '~refresh the $field of one $row after the user edited it, db table $rows',
      '~allow users to change the $field of their $row',
      '~repair a typo in the $field of some $row, SQL',
      '~update the $field of a $row in the $rows table by id',
      '~run an UPDATE on $rows: new $field for one id',
      '~save the edit form of a $row, it sends the id and the changed $field, SQL',
      '~replace the old $field of an existing $row in sqlite',
      '~fix a wrong $field in the database, $row id is known',
      '~alter just the $field of the $row with this id with a commit',
      '~assign another $field to the $row, same row, SQL table $rows',
      '~store a different $field for an existing $row, found by its id',
      '~swap the $field that SQLite has for a $row against the one passed in',
      '~bring the $field of an existing $row up to date in table $rows',
      '~give row number so and so of $rows a different $field',
    ],
    lesson: BOUND_VALUE_LESSON,
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
      {
        how: 'put both values into the statement with an f-string',
        code: `def $f(conn, $row_id, $a):
    conn.execute(f"UPDATE $rows SET $field = '{$a}' WHERE id = {$row_id}")
    conn.commit()`,
      },
    ],
    check: statementCheck('update'),
  },
];
