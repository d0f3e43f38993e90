/** PHP that lets data from outside reach where it does harm, and its safe twin. */
import type { Pair } from './javascript-pairs.js';

export const PHP_DATA_PAIRS: readonly Pair[] = [
  {
    rule: 'php/sql-injection',
    vulnerable:
      "<?php\n$name = $_GET['name'];\n$result = mysqli_query($conn, \"SELECT * FROM users WHERE name = '$name'\");\nwhile ($row = mysqli_fetch_assoc($result)) {\n    show($row);\n}\n",
    safe: "<?php\n$name = $_GET['name'];\n$statement = mysqli_prepare($conn, \"SELECT * FROM users WHERE name = ?\");\nmysqli_stmt_bind_param($statement, 's', $name);\nmysqli_stmt_execute($statement);\n",
  },
  {
    rule: 'php/sql-injection',
    vulnerable:
      "class UserRepository\n{\n    private PDO $db;\n\n    public function __construct(PDO $db)\n    {\n        $this->db = $db;\n    }\n\n    public function find(string $mail): array\n    {\n        $sql = 'SELECT id, name FROM users WHERE mail = \"' . $mail . '\"';\n        return $this->db->query($sql)->fetchAll();\n    }\n}\n",
    safe: "class UserRepository\n{\n    private PDO $db;\n\n    public function __construct(PDO $db)\n    {\n        $this->db = $db;\n    }\n\n    public function find(string $mail): array\n    {\n        $statement = $this->db->prepare('SELECT id, name FROM users WHERE mail = ?');\n        $statement->execute([$mail]);\n        return $statement->fetchAll();\n    }\n}\n",
  },
  {
    rule: 'php/sql-injection',
    vulnerable:
      "<?php\nclass OrderController extends Controller\n{\n    public function index(Request $request)\n    {\n        $sort = $request->input('sort', 'id');\n        return DB::select(\"SELECT * FROM orders ORDER BY \" . $sort);\n    }\n}\n",
    safe: "<?php\nclass OrderController extends Controller\n{\n    public function index(Request $request)\n    {\n        $sort = $request->input('sort', 'id');\n        if (!in_array($sort, ['id', 'price'], true)) {\n            $sort = 'id';\n        }\n        return DB::select(\"SELECT * FROM orders ORDER BY \" . $sort);\n    }\n}\n",
  },
  {
    rule: 'php/command-injection',
    vulnerable: '<?php\n$host = $_POST[\'host\'];\n$output = shell_exec("ping -c 1 " . $host);\n',
    safe: '<?php\n$host = $_POST[\'host\'];\n$output = shell_exec("ping -c 1 " . escapeshellarg($host));\n',
  },
  {
    rule: 'php/command-injection',
    vulnerable:
      'function convert($file)\n{\n    exec("convert {$file} out.png", $lines, $code);\n    return $code === 0;\n}\n',
    safe: 'function convert($file)\n{\n    if (!preg_match(\'/^[a-z0-9_]+\\.png$/D\', $file)) {\n        return false;\n    }\n    exec("convert {$file} out.png", $lines, $code);\n    return $code === 0;\n}\n',
  },
  {
    rule: 'php/code-injection',
    vulnerable: "<?php\n$formula = $_REQUEST['formula'];\neval('$result = ' . $formula . ';');\n",
    safe: "<?php\n$left = (float) $_REQUEST['left'];\n$right = (float) $_REQUEST['right'];\n$result = $left + $right;\n",
  },
  {
    rule: 'php/file-inclusion',
    vulnerable: "<?php\n$page = $_GET['page'];\ninclude 'pages/' . $page . '.php';\n",
    safe: "<?php\n$pages = ['home' => 'home.php', 'about' => 'about.php'];\n$page = $_GET['page'] ?? 'home';\nif (!isset($pages[$page])) {\n    http_response_code(404);\n    exit;\n}\ninclude 'pages/' . $page . '.php';\n",
  },
  {
    rule: 'php/path-traversal',
    vulnerable: "<?php\n$file = $_GET['file'];\nreadfile('/var/www/files/' . $file);\n",
    safe: "<?php\n$file = basename($_GET['file']);\nreadfile('/var/www/files/' . $file);\n",
  },
  {
    rule: 'php/path-traversal',
    vulnerable: "<?php\n$path = '/srv/reports/' . $_GET['name'];\n$text = file_get_contents($path);\n",
    safe: "<?php\n$path = realpath('/srv/reports/' . $_GET['name']);\nif ($path === false || strpos($path, '/srv/reports/') !== 0) {\n    exit('no such report');\n}\n$text = file_get_contents($path);\n",
  },
  {
    rule: 'php/archive-extraction',
    vulnerable:
      "<?php\nfunction unpack_all(ZipArchive $zip, string $folder): void\n{\n    for ($i = 0; $i < $zip->numFiles; $i++) {\n        $name = $zip->getNameIndex($i);\n        file_put_contents($folder . '/' . $name, $zip->getFromIndex($i));\n    }\n}\n",
    safe: "<?php\nfunction unpack_all(ZipArchive $zip, string $folder): void\n{\n    for ($i = 0; $i < $zip->numFiles; $i++) {\n        $name = basename($zip->getNameIndex($i));\n        file_put_contents($folder . '/' . $name, $zip->getFromIndex($i));\n    }\n}\n",
  },
  {
    rule: 'php/unrestricted-upload',
    vulnerable:
      "<?php\n$target = 'uploads/' . basename($_FILES['photo']['name']);\nmove_uploaded_file($_FILES['photo']['tmp_name'], $target);\n",
    safe: "<?php\n$extension = strtolower(pathinfo($_FILES['photo']['name'], PATHINFO_EXTENSION));\nif (!in_array($extension, ['jpg', 'png'], true)) {\n    exit('only pictures');\n}\n$target = 'uploads/' . bin2hex(random_bytes(16)) . '.' . $extension;\nmove_uploaded_file($_FILES['photo']['tmp_name'], $target);\n",
  },
  {
    rule: 'php/xss',
    vulnerable: '<?php\n$name = $_GET[\'name\'];\necho "<h1>Hello $name</h1>";\n',
    safe: '<?php\n$name = $_GET[\'name\'];\necho "<h1>Hello " . htmlspecialchars($name, ENT_QUOTES) . "</h1>";\n',
  },
  {
    rule: 'php/xss',
    vulnerable:
      "<html>\n<body>\n<h1>Search</h1>\n<?php if (isset($_GET['q'])): ?>\n  <p>You looked for <?= $_GET['q'] ?></p>\n<?php endif; ?>\n</body>\n</html>\n",
    safe: "<html>\n<body>\n<h1>Don't panic</h1>\n<?php if (isset($_GET['q'])): ?>\n  <p>You looked for <?= htmlspecialchars($_GET['q']) ?></p>\n<?php endif; ?>\n</body>\n</html>\n",
  },
  {
    rule: 'php/xss',
    vulnerable:
      "class PageController\n{\n    #[Route('/greet')]\n    public function greet(Request $request): Response\n    {\n        $name = $request->query->get('name');\n        return new Response('<p>Hello ' . $name . '</p>');\n    }\n}\n",
    safe: "class PageController\n{\n    #[Route('/greet')]\n    public function greet(Request $request): Response\n    {\n        $name = $request->query->get('name');\n        return new Response('<p>Hello ' . htmlspecialchars($name) . '</p>');\n    }\n}\n",
  },
  {
    rule: 'php/ssrf',
    vulnerable: "<?php\n$ch = curl_init();\ncurl_setopt($ch, CURLOPT_URL, $_GET['url']);\n$body = curl_exec($ch);\n",
    safe: "<?php\n$ch = curl_init();\ncurl_setopt($ch, CURLOPT_URL, 'https://api.example.com/pages/' . rawurlencode($_GET['page']));\n$body = curl_exec($ch);\n",
  },
  {
    rule: 'php/open-redirect',
    vulnerable: "<?php\nheader('Location: ' . $_GET['next']);\nexit;\n",
    safe: "<?php\n$next = $_GET['next'];\nif (!in_array($next, ['/home', '/orders'], true)) {\n    $next = '/';\n}\nheader('Location: ' . $next);\nexit;\n",
  },
  {
    rule: 'php/open-redirect',
    vulnerable: '<?php\nheader("Location: {$_POST[\'back\']}");\n',
    safe: '<?php\nheader("Location: /orders/{$_POST[\'back\']}");\n',
  },
  {
    rule: 'php/deserialisation',
    vulnerable: "<?php\n$cart = unserialize($_COOKIE['cart']);\n",
    safe: "<?php\n$cart = json_decode($_COOKIE['cart'], true);\n",
  },
  {
    rule: 'php/ldap-injection',
    vulnerable:
      '<?php\n$filter = "(uid=" . $_POST[\'user\'] . ")";\n$result = ldap_search($connection, \'ou=people\', $filter);\n',
    safe: "<?php\n$filter = \"(uid=\" . ldap_escape($_POST['user'], '', LDAP_ESCAPE_FILTER) . \")\";\n$result = ldap_search($connection, 'ou=people', $filter);\n",
  },
  {
    rule: 'php/xpath-injection',
    vulnerable:
      "<?php\n$users = simplexml_load_file('users.xml');\n$found = $users->xpath(\"//user[name='\" . $_POST['name'] . \"']\");\n",
    safe: '<?php\n$users = simplexml_load_file(\'users.xml\');\n$found = $users->xpath("//user[" . (int) $_POST[\'number\'] . "]");\n',
  },
  {
    rule: 'php/nosql-injection',
    vulnerable: "<?php\n$user = $collection->findOne(['name' => $_POST['name'], 'active' => true]);\n",
    safe: "<?php\n$user = $collection->findOne(['name' => strval($_POST['name']), 'active' => true]);\n",
  },
  {
    rule: 'php/template-injection',
    vulnerable: "<?php\n$template = $twig->createTemplate('Hello ' . $_GET['name']);\n",
    safe: "<?php\n$template = $twig->createTemplate('Hello {{ name }}');\n$text = $template->render(['name' => $_GET['name']]);\n",
  },
  {
    rule: 'php/unsafe-reflection',
    vulnerable: "<?php\n$action = $_GET['action'];\n$action();\n",
    safe: "<?php\n$actions = ['list' => 'list_orders', 'show' => 'show_order'];\n$action = $_GET['action'];\nif (isset($actions[$action])) {\n    call_user_func($actions[$action]);\n}\n",
  },
  {
    rule: 'php/variable-extraction',
    vulnerable: '<?php\nextract($_POST);\nstore($title, $text);\n',
    safe: "<?php\n$title = $_POST['title'];\n$text = $_POST['text'];\nstore($title, $text);\n",
  },
  {
    rule: 'php/mass-assignment',
    vulnerable:
      'class UserController extends Controller\n{\n    public function store(Request $request)\n    {\n        return User::create($request->all());\n    }\n}\n',
    safe: "class UserController extends Controller\n{\n    public function store(Request $request)\n    {\n        return User::create($request->only(['name', 'mail']));\n    }\n}\n",
  },
  {
    rule: 'php/error-exposure',
    vulnerable:
      "<?php\ntry {\n    store($order);\n} catch (PDOException $e) {\n    echo 'Error: ' . $e->getMessage();\n}\n",
    safe: "<?php\ntry {\n    store($order);\n} catch (PDOException $e) {\n    error_log($e->getMessage());\n    echo 'The order could not be saved.';\n}\n",
  },
  {
    rule: 'php/log-injection',
    vulnerable: "<?php\nerror_log('failed login of ' . $_POST['user']);\n",
    safe: "<?php\nerror_log('failed login of ' . json_encode($_POST['user']));\n",
  },
  {
    rule: 'php/mail-header-injection',
    vulnerable: "<?php\nmail('shop@example.com', 'Question', $text, 'From: ' . $_POST['mail']);\n",
    safe: "<?php\nmail('shop@example.com', 'Question', $text, 'From: noreply@example.com');\n",
  },
  {
    rule: 'php/regex-injection',
    vulnerable: "<?php\n$found = preg_match('/' . $_GET['pattern'] . '/', $text);\n",
    safe: "<?php\n$found = preg_match('/' . preg_quote($_GET['pattern'], '/') . '/', $text);\n",
  },
];
