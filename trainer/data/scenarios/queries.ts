/** Input that becomes a part of a query in a directory, a document store or an XML tree. */
import type { Scenario } from './scenario.js';

export const queryScenarios: readonly Scenario[] = [
  {
    id: 'ldap-search',
    cwe: 'CWE-90',
    weakness: 'LDAP injection',
    parameters: 'conn, $a',
    argument: ['username', 'uid', 'login'],
    name: 'find_entry',
    phrasings: [
      '~look up a user in LDAP',
      '~search the LDAP directory for a uid',
      '~find an entry in active directory by login, ldap3',
      '~query ldap for a person by uid',
      '~get the directory entry of an account over LDAP',
      '~fetch a user record from the LDAP server',
      '~return the ldap entries of a login name',
      '~send a username to an LDAP server and ~collect the hits with ldap3',
      '~complete a profile page with what LDAP knows about a login',
      '~support single sign on: the uid must be found in our ldap server',
      '~read someone from the company directory over LDAP',
      '~write the address book lookup, the data is in LDAP, key uid',
      '~find a person by uid in LDAP',
      '~use ldap3 to pull up whoever has the login that was typed',
      '~run an ldap search with a uid filter and ~give back conn.entries',
      '~match an employee in our LDAP tree by user name',
      '~check a login against the LDAP directory and ~return what it finds',
      '~retrieve an account from OpenLDAP, the uid comes from a web form',
      '~locate a colleague in AD, input is the login, ldap3 connection is open',
      '~load the LDAP record of the one who signs in',
      '~bring up a staff card from the LDAP server once somebody enters a uid',
      '~obtain the LDAP object that belongs to a logon name',
      '~consult the LDAP directory about a uid',
    ],
    lesson: 'Escaped characters cannot change the filter (CWE-90).',
    secure: [
      {
        how: 'escape $a for the filter',
        code: `from ldap3.utils.conv import escape_filter_chars

def $f(conn, $a):
    safe = escape_filter_chars($a)
    conn.search("dc=example,dc=com", f"(uid={safe})")
    return conn.entries`,
      },
    ],
    insecure: [
      {
        how: 'put $a into the filter as it is',
        code: `def $f(conn, $a):
    conn.search("dc=example,dc=com", f"(uid={$a})")
    return conn.entries`,
      },
      {
        how: 'join $a to the filter',
        code: `def $f(conn, $a):
    conn.search("dc=example,dc=com", "(uid=" + $a + ")")
    return conn.entries`,
      },
    ],
    check: { doubles: ['queries'], functional: 'ldap_works(target)', security: 'ldap_is_safe(target)' },
  },
  {
    id: 'nosql-find',
    cwe: 'CWE-943',
    weakness: 'NoSQL injection',
    parameters: 'collection, $a',
    argument: ['$field'],
    name: 'find_$row',
    slots: { where: ['$where'] },
    phrasings: [
      '~find a $row by $field in MongoDB',
      '~look up one $row in a mongo collection, the JSON request holds its $field',
      '~get me that one BSON document out of $rows by the $field that the API sends',
      '~fetch a $row by its $field with pymongo',
      '~return the $row from Mongo whose $field the client sent as JSON',
      '~query a MongoDB collection for the $row that has this $field',
      '~use find_one to load a $row by $field',
      '~search the mongo collection by $field and ~give me one document',
      '~answer an API call with the Mongo $row that has the wanted $field',
      '~resolve a $field in the request JSON to its $row in MongoDB',
      '~load a $row out of our NoSQL store, the key is the $field of a request body',
      '~read one document by $field from a pymongo collection',
      '~accept the $field of a POST body and ~fetch its $row document, we are on MongoDB',
      '~retrieve the Mongo document of the $row somebody asks for by $field',
      '~select a $row in mongodb where $field equals the value of the request',
      '~check MongoDB for a $row with a $field and ~return it',
      '~pull a single $row from a collection with pymongo, $field comes from the front end',
      '~serve GET /$rows by $field from a MongoDB collection',
      '~match on $field in Mongo and ~hand back the first $row',
      '~do a pymongo lookup of a $row, filter on $field',
      '~obtain a $row from the document database (Mongo) when the app posts its $field',
      '~locate the pymongo record behind a $field that came in as JSON',
      '~hunt through a Mongo collection for a $row having some $field',
    ],
    lesson: 'The value is text, so it cannot be an operator or a script (CWE-943).',
    secure: [
      {
        how: 'compare with $a as text',
        code: `def $f(collection, $a):
    return collection.find_one({"$field": str($a)})`,
      },
    ],
    insecure: [
      {
        how: 'put $a into a script with an f-string',
        code: `def $f(collection, $a):
    return collection.find_one({"$where": f"this.$field == '{$a}'"})`,
      },
      {
        how: 'join $a to a script',
        code: `def $f(collection, $a):
    return collection.find_one({"$where": "this.$field == '" + $a + "'"})`,
      },
    ],
    check: {
      doubles: ['queries'],
      functional: 'nosql_works(target, "$field")',
      security: 'nosql_is_safe(target, "$field")',
    },
  },
  {
    id: 'xpath-query',
    cwe: 'CWE-643',
    weakness: 'XPath injection',
    parameters: 'doc, $a',
    argument: ['$field'],
    name: 'find_$rows',
    slots: { wanted: ['$wanted'] },
    phrasings: [
      '~find the $row elements with a $field in an XML tree',
      '~select every $row whose $field attribute matches, with XPath',
      '~search an lxml document for $row elements by $field',
      '~get all $row nodes of a parsed XML file that have this $field attribute',
      '~run an XPath query for $rows with the $field that the user gives',
      '~look up $row elements by their $field attribute in XML',
      '~query our XML data for a $row, the user types the $field',
      '~return the $row tags where the attribute $field has the given value',
      '~search a product feed in XML for $row elements, attribute $field is typed by the visitor',
      '~retrieve XML $row nodes via their $field attribute',
      '~filter $row elements of an XML document by $field',
      '~apply xpath to pick $row nodes by attribute $field',
      '~fetch $rows out of an XML tree, key is the $field attribute',
      '~list the XML elements named $row with a certain $field',
      '~match <$row $field="..."> in a parsed document',
      '~read the $row entries of an XML store that belong to a $field',
      '~collect $row elements whose $field equals the search text (lxml)',
      '~locate a $row in an element tree by the $field somebody entered',
      '~give me $row nodes, attribute $field as asked, document is parsed already',
      '~do an attribute lookup on XML: tag $row, attribute $field',
      '~scan XML for each $row carrying a given $field',
      '~walk down a parsed XML file and ~keep the $row tags having one particular $field',
      '~tell which <$row> tags carry a $field that visitors ask about, source is XML',
    ],
    lesson: 'The value is no part of the path, so it cannot change it (CWE-643).',
    secure: [
      {
        how: 'pass $a as a variable of the path',
        code: `def $f(doc, $a):
    return doc.xpath("//$row[@$field=$wanted]", wanted=$a)`,
      },
      {
        how: 'compare $a outside of the path',
        code: `def $f(doc, $a):
    return [element for element in doc.iter("$row") if element.get("$field") == $a]`,
      },
    ],
    insecure: [
      {
        how: 'put $a into the path with an f-string',
        code: `def $f(doc, $a):
    return doc.xpath(f"//$row[@$field='{$a}']")`,
      },
      {
        how: 'put $a into a path for findall',
        code: `def $f(doc, $a):
    return doc.findall(f".//$row[@$field='{$a}']")`,
      },
    ],
    check: {
      doubles: ['queries', 'xpath'],
      functional: 'xpath_works(target, "$row", "$field")',
      security: 'xpath_is_safe(target, "$row", "$field")',
    },
  },
];
