/** Ordinary PHP, in which nothing is wrong. */
export const SAFE_PHP: readonly { readonly name: string; readonly code: string }[] = [
  {
    name: 'a store of orders',
    code: `<?php

declare(strict_types=1);

namespace App\\Orders;

use PDO;
use Psr\\Log\\LoggerInterface;

/** Keeps the orders of a shop. */
final class OrderStore
{
    private const INSERT = 'INSERT INTO orders (customer, total) VALUES (:customer, :total)';

    public function __construct(private PDO $db, private LoggerInterface $logger)
    {
    }

    public function save(Order $order): int
    {
        $this->db->beginTransaction();
        try {
            $statement = $this->db->prepare(self::INSERT);
            $statement->execute(['customer' => $order->customer, 'total' => $order->total]);
            $id = (int) $this->db->lastInsertId();
            $this->db->commit();
        } catch (\\PDOException $e) {
            $this->db->rollBack();
            throw new StoreException('the order could not be saved', 0, $e);
        }
        $this->logger->info('saved order', ['id' => $id]);
        return $id;
    }

    /** @return Order[] */
    public function byCustomers(array $customers, int $limit = 50): array
    {
        $marks = implode(', ', array_fill(0, count($customers), '?'));
        $statement = $this->db->prepare("SELECT * FROM orders WHERE customer IN ($marks) LIMIT $limit");
        $statement->execute($customers);
        return array_map(fn (array $row): Order => Order::fromRow($row), $statement->fetchAll());
    }
}
`,
  },
  {
    name: 'a page with a form',
    code: `<?php
session_start();

$errors = [];
$name = trim($_POST['name'] ?? '');
$age = filter_input(INPUT_POST, 'age', FILTER_VALIDATE_INT);
if ($_SERVER['REQUEST_METHOD'] === 'POST') {
    if (!hash_equals($_SESSION['csrf'], $_POST['csrf'] ?? '')) {
        http_response_code(403);
        exit('The form is too old.');
    }
    if ($name === '' || mb_strlen($name) > 80) {
        $errors[] = 'Please tell us your name.';
    }
    if (!$errors) {
        $statement = $pdo->prepare('INSERT INTO guests (name, age) VALUES (?, ?)');
        $statement->execute([$name, $age]);
        header('Location: /thanks.php');
        exit;
    }
}
$_SESSION['csrf'] = bin2hex(random_bytes(32));
?>
<!doctype html>
<html>
<head><title>Guests</title></head>
<body>
<?php foreach ($errors as $error): ?>
  <p class="error"><?= htmlspecialchars($error) ?></p>
<?php endforeach; ?>
<form method="post">
  <input name="name" value="<?= htmlspecialchars($name, ENT_QUOTES) ?>">
  <input type="hidden" name="csrf" value="<?= $_SESSION['csrf'] ?>">
  <button>Don't wait</button>
</form>
</body>
</html>
`,
  },
  {
    name: 'a controller',
    code: `<?php

namespace App\\Http\\Controllers;

use App\\Models\\Post;
use Illuminate\\Http\\Request;
use Illuminate\\Support\\Facades\\Cache;
use Illuminate\\Support\\Facades\\Storage;

class PostController extends Controller
{
    private array $columns = ['title', 'created_at'];

    public function index(Request $request)
    {
        $sort = $request->input('sort', 'title');
        $sort = in_array($sort, $this->columns, true) ? $sort : 'title';
        $posts = Post::query()
            ->where('title', 'like', '%' . $request->input('q') . '%')
            ->orderBy($sort)
            ->paginate($request->integer('per_page'));
        return view('posts.index', ['posts' => $posts, 'q' => $request->input('q')]);
    }

    public function store(Request $request)
    {
        $data = $request->validate(['title' => 'required|max:200', 'body' => 'required']);
        $post = new Post($data);
        $post->user_id = $request->user()->id;
        $post->save();
        Cache::forget('posts');
        return redirect()->route('posts.show', $post);
    }

    public function picture(int $id)
    {
        $path = sprintf('pictures/%d.png', $id);
        abort_unless(Storage::exists($path), 404);
        return match (true) {
            Storage::size($path) > 1_000_000 => response()->noContent(),
            default => Storage::download($path),
        };
    }
}
`,
  },
];
