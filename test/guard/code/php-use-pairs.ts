/** PHP that uses a library unsafely, and its safe twin. */
import type { Pair } from './javascript-pairs.js';

export const PHP_USE_PAIRS: readonly Pair[] = [
  {
    rule: 'php/xxe',
    vulnerable:
      "<?php\n$document = new DOMDocument();\n$document->loadXML(file_get_contents('php://input'), LIBXML_NOENT | LIBXML_DTDLOAD);\n",
    safe: "<?php\n$document = new DOMDocument();\n$document->loadXML(file_get_contents('php://input'), LIBXML_NONET);\n",
  },
  {
    rule: 'php/debug-output',
    vulnerable: "<?php\nini_set('display_errors', '1');\nrun();\n",
    safe: "<?php\nini_set('display_errors', '0');\nrun();\n",
  },
  {
    rule: 'php/secret-logged',
    vulnerable:
      'function login(string $user, string $password): bool\n{\n    error_log("login of $user with $password");\n    return check_login($user, $password);\n}\n',
    safe: 'function login(string $user, string $password): bool\n{\n    error_log("login of $user");\n    return check_login($user, $password);\n}\n',
  },
  {
    rule: 'php/weak-random',
    vulnerable:
      "function makeToken(): string\n{\n    $characters = 'abcdefghijklmnopqrstuvwxyz0123456789';\n    $token = '';\n    for ($i = 0; $i < 32; $i++) {\n        $token .= $characters[mt_rand(0, 35)];\n    }\n    return $token;\n}\n",
    safe: 'function makeToken(): string\n{\n    $expires_at = time() + 3600;\n    $token = bin2hex(random_bytes(16));\n    save($token, $expires_at);\n    return $token;\n}\n',
  },
  {
    rule: 'php/weak-hash',
    vulnerable: '<?php\n$sum = md5($content);\n',
    safe: "<?php\n$sum = hash('sha256', $content);\n",
  },
  {
    rule: 'php/password-hash',
    vulnerable:
      "function register(PDO $db, string $name, string $password): void\n{\n    $statement = $db->prepare('INSERT INTO users (name, hash) VALUES (?, ?)');\n    $statement->execute([$name, hash('sha256', $password)]);\n}\n",
    safe: "function register(PDO $db, string $name, string $password): void\n{\n    $statement = $db->prepare('INSERT INTO users (name, hash) VALUES (?, ?)');\n    $statement->execute([$name, password_hash($password, PASSWORD_DEFAULT)]);\n}\n",
  },
  {
    rule: 'php/weak-cipher',
    vulnerable: "<?php\n$sealed = openssl_encrypt($text, 'aes-256-ecb', $key);\n",
    safe: "<?php\n$nonce = random_bytes(12);\n$sealed = openssl_encrypt($text, 'aes-256-gcm', $key, 0, $nonce, $tag);\n",
  },
  {
    rule: 'php/constant-iv',
    vulnerable: "<?php\n$sealed = openssl_encrypt($text, 'aes-256-cbc', $key, 0, '1234567890123456');\n",
    safe: "<?php\n$vector = random_bytes(16);\n$sealed = openssl_encrypt($text, 'aes-256-cbc', $key, 0, $vector);\n",
  },
  {
    rule: 'php/weak-key',
    vulnerable:
      "<?php\n$pair = openssl_pkey_new(['private_key_bits' => 1024, 'private_key_type' => OPENSSL_KEYTYPE_RSA]);\n",
    safe: "<?php\n$pair = openssl_pkey_new(['private_key_bits' => 4096, 'private_key_type' => OPENSSL_KEYTYPE_RSA]);\n",
  },
  {
    rule: 'php/few-iterations',
    vulnerable: "<?php\n$hash = password_hash($text, PASSWORD_BCRYPT, ['cost' => 4]);\n",
    safe: "<?php\n$hash = password_hash($text, PASSWORD_BCRYPT, ['cost' => 12]);\n",
  },
  {
    rule: 'php/tls-verification-off',
    vulnerable:
      "<?php\n$ch = curl_init('https://api.example.com/');\ncurl_setopt($ch, CURLOPT_SSL_VERIFYPEER, false);\n",
    safe: "<?php\n$ch = curl_init('https://api.example.com/');\ncurl_setopt($ch, CURLOPT_SSL_VERIFYPEER, true);\n",
  },
  {
    rule: 'php/tls-verification-off',
    vulnerable: "<?php\n$client = new GuzzleHttp\\Client(['verify' => false, 'timeout' => 5]);\n",
    safe: "<?php\n$client = new GuzzleHttp\\Client(['verify' => '/etc/ssl/ca.pem', 'timeout' => 5]);\n",
  },
  {
    rule: 'php/jwt-verification-off',
    vulnerable: "<?php\n$claims = JWT::decode($token, $key, ['none']);\n",
    safe: "<?php\n$claims = JWT::decode($token, new Key($key, 'HS256'));\n",
  },
  {
    rule: 'php/hard-coded-credentials',
    vulnerable: "<?php\n$db = new PDO('mysql:host=localhost;dbname=shop', 'shop', 'Tr0ub4dor-and-3');\n",
    safe: "<?php\n$db = new PDO('mysql:host=localhost;dbname=shop', 'shop', getenv('DB_PASSWORD'));\n",
  },
  {
    rule: 'php/hard-coded-credentials',
    vulnerable: "class Mailer\n{\n    private $apiKey = 'mk-7fK2pQ9xW4tZ81rB';\n}\n",
    safe: "class Mailer\n{\n    private $apiKey;\n\n    public function __construct()\n    {\n        $this->apiKey = getenv('MAIL_KEY');\n    }\n}\n",
  },
  {
    rule: 'php/insecure-cookie',
    vulnerable: "<?php\nsetcookie('session', $id, ['secure' => false, 'httponly' => true]);\n",
    safe: "<?php\nsetcookie('session', $id, ['secure' => true, 'httponly' => true]);\n",
  },
  {
    rule: 'php/cookie-without-httponly',
    vulnerable: "<?php\nsetcookie('session', $id, 0, '/', '', true, false);\n",
    safe: "<?php\nsetcookie('session', $id, 0, '/', '', true, true);\n",
  },
  {
    rule: 'php/cors-any',
    vulnerable: "<?php\nheader('Access-Control-Allow-Origin: *');\n",
    safe: "<?php\nheader('Access-Control-Allow-Origin: https://app.example.com');\n",
  },
  {
    rule: 'php/permissive-mode',
    vulnerable: "<?php\nmkdir('/srv/uploads', 0777, true);\n",
    safe: "<?php\nmkdir('/srv/uploads', 0750, true);\n",
  },
  {
    rule: 'php/insecure-temp-file',
    vulnerable: "<?php\nfile_put_contents('/tmp/dump.json', $data);\n",
    safe: "<?php\n$name = tempnam(sys_get_temp_dir(), 'dump');\nfile_put_contents($name, $data);\n",
  },
];
